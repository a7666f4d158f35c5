"""How the regions of a picture lie to each other: which overlap with a given one, how much, and how large they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from instraug_datasets.records import Box, Example

from ..sources.visual_genome_regions import RegionSet
from .boxes import area, box_text, large_enough, overlap, share_inside
from .context import Context, Dice, Skip, dice
from .object_grounding import box_example
from .verbalizers import draw_verdict

__all__ = ["judge_overlap", "measure", "select_apart", "select_least", "select_most", "select_overlapping"]

MIN_BOXES = 4
MAX_WRONG = 3

CLEAR = 0.8
"""Of two overlaps the smaller is clearly smaller when it is at most this share of the larger."""

PART = 0.1
"""Two boxes overlap clearly when this share of one of them lies in the other; they are apart when nothing does."""


class Choice(NamedTuple):
    """The right box and the wrong ones."""

    right: Box
    wrong: list[Box]


class Sides(NamedTuple):
    """The boxes that clearly overlap with a given one, and those that are apart from it."""

    overlapping: list[Box]
    apart: list[Box]


Rule = Callable[[Box, list[Box], Dice], Choice | None]
"""A choice for a given box among all others, if there is one."""


def select_most(record: RegionSet, context: Context) -> Example | Skip:
    """Which box shares the largest area with the given one? The others share clearly less."""
    return _select(record, context, _most)


def select_least(record: RegionSet, context: Context) -> Example | Skip:
    """Which box shares the smallest area with the given one, or none at all? The others share clearly more."""
    return _select(record, context, _least)


def select_overlapping(record: RegionSet, context: Context) -> Example | Skip:
    """Which box overlaps with the given one? The others are apart from it."""
    return _select(record, context, _overlapping)


def select_apart(record: RegionSet, context: Context) -> Example | Skip:
    """Which box is apart from the given one? The others overlap with it."""
    return _select(record, context, _apart)


def judge_overlap(record: RegionSet, context: Context) -> Example | Skip:
    """Do two boxes overlap? Half the answers are yes: the given box has others on both sides."""
    boxes, throw = _boxes(record), dice(record, context)
    if len(boxes) < MIN_BOXES:
        return Skip("too_few_boxes")
    for given in throw.shuffled("given", boxes):
        sides = _sides(given, boxes)
        if sides.overlapping and sides.apart:
            positive = throw.coin("positive")
            other = throw.choice("other", sides.overlapping if positive else sides.apart)
            verdict = draw_verdict(context.task.name, throw, positive=positive)
            return box_example(record, context, region=(given, other), options=verdict.options, target=verdict.target)
    return Skip("no_clear_choice")


def measure(record: RegionSet, context: Context) -> Example | Skip:
    """Say how many square pixels a box has."""
    boxes = _boxes(record)
    if not boxes:
        return Skip("too_few_boxes")
    box = dice(record, context).choice("box", boxes)
    return box_example(record, context, region=(box,), target=str(int(area(box))))


def _select(record: RegionSet, context: Context, rule: Rule) -> Example | Skip:
    boxes, throw = _boxes(record), dice(record, context)
    if len(boxes) < MIN_BOXES:
        return Skip("too_few_boxes")
    for given in throw.shuffled("given", boxes):
        choice = rule(given, [box for box in boxes if box != given], throw)
        if choice is not None:
            wrong = throw.shuffled("wrong", choice.wrong)[:MAX_WRONG]
            options = throw.shuffled("options", [box_text(box) for box in (choice.right, *wrong)])
            target = box_text(choice.right)
            return box_example(record, context, region=(given,), options=tuple(options), target=target)
    return Skip("no_clear_choice")


def _most(given: Box, others: list[Box], throw: Dice) -> Choice | None:
    right = max(others, key=lambda box: overlap(given, box))
    largest = overlap(given, right)
    wrong = [box for box in others if overlap(given, box) <= CLEAR * largest]
    return Choice(right, wrong) if largest and wrong else None


def _least(given: Box, others: list[Box], throw: Dice) -> Choice | None:
    for right in throw.shuffled("right", others):
        smallest = overlap(given, right)
        wrong = [box for box in others if overlap(given, box) > 0 and smallest <= CLEAR * overlap(given, box)]
        if wrong:
            return Choice(right, wrong)
    return None


def _overlapping(given: Box, others: list[Box], throw: Dice) -> Choice | None:
    sides = _sides(given, others)
    return Choice(throw.choice("right", sides.overlapping), sides.apart) if all(sides) else None


def _apart(given: Box, others: list[Box], throw: Dice) -> Choice | None:
    sides = _sides(given, others)
    return Choice(throw.choice("right", sides.apart), sides.overlapping) if all(sides) else None


def _sides(given: Box, boxes: list[Box]) -> Sides:
    others = [box for box in boxes if box != given]
    return Sides(
        [box for box in others if max(share_inside(box, given), share_inside(given, box)) >= PART],
        [box for box in others if not overlap(box, given)],
    )


def _boxes(record: RegionSet) -> list[Box]:
    """The boxes of a picture that are large enough, each once."""
    found = (large_enough(region.box, record.size) for region in record.regions)
    return list(dict.fromkeys(box for box in found if box is not None))
