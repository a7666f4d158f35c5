"""Region overlap: which regions of a picture overlap, how much, and how large they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from instraug_datasets.records import Box, Example

from ..sources.visual_genome_regions import PictureRegions
from .box_geometry import box_area, format_boxes, intersection_area, usable_boxes
from .context import Context, ExampleRandom, Skip, example_random
from .object_grounding import make_box_example
from .verbalizers import verbalize

__all__ = [
    "classify_overlap",
    "measure_area",
    "select_disjoint",
    "select_least_overlapping",
    "select_most_overlapping",
    "select_overlapping",
]

MIN_BOXES = 4
MAX_WRONG = 3

MAX_OVERLAP_RATIO = 0.8
"""Two overlaps differ clearly if the smaller one is at most this share of the larger one."""

MIN_OVERLAP = 0.1
"""Two boxes overlap clearly if at least this share of one of them lies in the other."""


class Choice(NamedTuple):
    """The right box and the wrong ones."""

    right: Box
    wrong: list[Box]


class OverlapGroups(NamedTuple):
    """The boxes that clearly overlap with a given box, and those disjoint from it."""

    overlapping: list[Box]
    disjoint: list[Box]


Rule = Callable[[Box, list[Box], ExampleRandom], Choice | None]
"""Chooses among the other boxes for a given one; None if the choice would not be clear."""


def select_most_overlapping(record: PictureRegions, context: Context) -> Example | Skip:
    """Choose the box that overlaps most with the given one; the others overlap clearly less."""
    return _select(record, context, _choose_most_overlapping)


def select_least_overlapping(record: PictureRegions, context: Context) -> Example | Skip:
    """Choose the box that overlaps least or not at all with the given one; the others overlap clearly more."""
    return _select(record, context, _choose_least_overlapping)


def select_overlapping(record: PictureRegions, context: Context) -> Example | Skip:
    """Choose the box that overlaps with the given one; the others are disjoint from it."""
    return _select(record, context, _choose_overlapping)


def select_disjoint(record: PictureRegions, context: Context) -> Example | Skip:
    """Choose the box that is disjoint from the given one; the others overlap with it."""
    return _select(record, context, _choose_disjoint)


def classify_overlap(record: PictureRegions, context: Context) -> Example | Skip:
    """Decide whether two boxes overlap; balanced, because the given box has overlapping and disjoint boxes."""
    boxes, rng = _boxes(record), example_random(record, context)
    if len(boxes) < MIN_BOXES:
        return Skip("too_few_boxes")
    for given in rng.shuffled("given", boxes):
        groups = _groups(given, boxes)
        if groups.overlapping and groups.disjoint:
            positive = rng.coin_flip("positive")
            other = rng.choice("other", groups.overlapping if positive else groups.disjoint)
            answer = verbalize(context.task.name, rng, positive=positive)
            return make_box_example(
                record, context, region=(given, other), options=answer.options, target=answer.target
            )
    return Skip("no_clear_choice")


def measure_area(record: PictureRegions, context: Context) -> Example | Skip:
    """Give the area of a box in square pixels."""
    boxes = _boxes(record)
    if not boxes:
        return Skip("too_few_boxes")
    box = example_random(record, context).choice("box", boxes)
    return make_box_example(record, context, region=(box,), target=str(int(box_area(box))))


def _select(record: PictureRegions, context: Context, rule: Rule) -> Example | Skip:
    boxes, rng = _boxes(record), example_random(record, context)
    if len(boxes) < MIN_BOXES:
        return Skip("too_few_boxes")
    for given in rng.shuffled("given", boxes):
        choice = rule(given, [box for box in boxes if box != given], rng)
        if choice is not None:
            wrong = rng.shuffled("wrong", choice.wrong)[:MAX_WRONG]
            options = rng.shuffled("options", [format_boxes(box) for box in (choice.right, *wrong)])
            target = format_boxes(choice.right)
            return make_box_example(record, context, region=(given,), options=tuple(options), target=target)
    return Skip("no_clear_choice")


def _choose_most_overlapping(given: Box, others: list[Box], rng: ExampleRandom) -> Choice | None:
    areas = [intersection_area(given, box) for box in others]
    largest = max(areas)
    wrong = [box for box, area in zip(others, areas, strict=True) if area <= MAX_OVERLAP_RATIO * largest]
    return Choice(others[areas.index(largest)], wrong) if largest and wrong else None


def _choose_least_overlapping(given: Box, others: list[Box], rng: ExampleRandom) -> Choice | None:
    found = [(box, intersection_area(given, box)) for box in others]
    overlapping = [(box, area) for box, area in found if area > 0]
    for right, smallest in rng.shuffled("right", found):
        wrong = [box for box, area in overlapping if smallest <= MAX_OVERLAP_RATIO * area]
        if wrong:
            return Choice(right, wrong)
    return None


def _choose_overlapping(given: Box, others: list[Box], rng: ExampleRandom) -> Choice | None:
    groups = _groups(given, others)
    return Choice(rng.choice("right", groups.overlapping), groups.disjoint) if all(groups) else None


def _choose_disjoint(given: Box, others: list[Box], rng: ExampleRandom) -> Choice | None:
    groups = _groups(given, others)
    return Choice(rng.choice("right", groups.disjoint), groups.overlapping) if all(groups) else None


def _groups(given: Box, boxes: list[Box]) -> OverlapGroups:
    overlapping, disjoint, area = list[Box](), list[Box](), box_area(given)
    left, top, right, bottom = given
    for box in boxes:
        x1, y1, x2, y2 = box
        # First without the area, whose calls would take most of the time.
        common = x1 < right and left < x2 and y1 < bottom and top < y2 and intersection_area(box, given)
        if not common:
            disjoint.append(box)
        elif box != given and common / min(area, box_area(box)) >= MIN_OVERLAP:
            overlapping.append(box)
    return OverlapGroups(overlapping, disjoint)


def _boxes(record: PictureRegions) -> list[Box]:
    """The usable boxes of a picture without repetitions."""
    return list(dict.fromkeys(usable_boxes(record.boxes, record.size)))
