"""A box and its text: from one to the other, whether the two fit, and which of several does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from instraug_datasets.records import Box, Example

from ..sources.regions import Region, RegionRecord
from ..sources.texts import long_words, plain, shares_words
from .boxes import MIN_SIDE, box_text, iou, large_enough, overlap
from .context import Context, Skip, dice
from .object_grounding import MAX_OPTIONS, TOO_ALIKE, box_example
from .verbalizers import draw_verdict

__all__ = [
    "are_alike",
    "choose_box",
    "describe",
    "locate",
    "match_phrase",
    "match_text",
    "select_object",
    "select_phrase",
    "select_region",
]

MIN_OPTIONS = 3
"""Phrases, or boxes with phrases, to choose from; a picture with fewer gives no example."""

Alike = Callable[[str, str], bool]
"""Whether two texts may well stand for the same thing."""


def describe(record: RegionRecord, context: Context) -> Example | Skip:
    """Say what is in a box."""
    box = large_enough(record.region.box, record.size)
    if box is None or not record.region.text:
        return _unfit(box)
    return box_example(record, context, region=(box,), target=record.region.text, answers=record.answers)


def locate(record: RegionRecord, context: Context) -> Example | Skip:
    """Give the box that a text is about, unless the picture has the same text for another place as well."""
    box = large_enough(record.region.box, record.size)
    if box is None or not record.region.text:
        return _unfit(box)
    text = plain(record.region.text)
    if any(plain(other.text) == text and iou(box, other.box) < TOO_ALIKE for other in record.others):
        return Skip("ambiguous_text")
    return box_example(record, context, text=record.region.text, target=box_text(box))


def match_phrase(record: RegionRecord, context: Context) -> Example | Skip:
    """Does a phrase describe a box? A wrong one is that of a region which lies wholly outside the box."""
    box = large_enough(record.region.box, record.size)
    if box is None:
        return _unfit(box)
    return match_text(record, context, box=box, others=_elsewhere(record, box), alike=are_alike)


def match_text(
    record: RegionRecord, context: Context, *, box: Box, others: Iterable[Region], alike: Alike
) -> Example | Skip:
    """Does a text belong to a box? A wrong one is that of another region, if it is not much the same."""
    own = record.region.text
    wrong = [other.text for other in others if other.text and not alike(own, other.text)]
    # A wrong text must be there in either case: pictures without one would otherwise give positives only.
    if not own or not wrong:
        return Skip("no_other_text" if own else "empty_text")
    throw = dice(record, context)
    positive = throw.coin("positive")
    verdict = draw_verdict(context.task.name, throw, positive=positive)
    return box_example(
        record,
        context,
        text=own if positive else throw.choice("wrong", wrong),
        region=(box,),
        options=verdict.options,
        target=verdict.target,
        meta={"positive": positive},
    )


def select_phrase(record: RegionRecord, context: Context) -> Example | Skip:
    """Which of several phrases describes a box? The others describe regions that lie wholly outside of it."""
    box, own = large_enough(record.region.box, record.size), record.region.text
    if box is None or not own:
        return _unfit(box)
    throw = dice(record, context)
    found = [other.text for other in _elsewhere(record, box) if other.text and not are_alike(own, other.text)]
    distinct = {plain(text): text for text in throw.shuffled("wrong", found)}
    wrong = list(distinct.values())[: MAX_OPTIONS - 1]
    if len(wrong) < MIN_OPTIONS - 1:
        return Skip("too_few_other_texts")
    options = tuple(throw.shuffled("options", [own, *wrong]))
    return box_example(record, context, region=(box,), options=options, target=own)


def select_region(record: RegionRecord, context: Context) -> Example | Skip:
    """Which of several boxes does a phrase describe? The others have phrases of which none is much the same."""
    others = [other for other in record.others if other.text and not are_alike(record.region.text, other.text)]
    boxes = [other.box for other in dice(record, context).shuffled("others", others)]
    return choose_box(record, context, others=boxes, least=MIN_OPTIONS)


def select_object(record: RegionRecord, context: Context) -> Example | Skip:
    """Which of several boxes does an expression mean? Boxes of the same kind of object come first."""
    others = dice(record, context).shuffled("others", record.others)
    others.sort(key=lambda other: other.kind != record.region.kind)
    return choose_box(record, context, others=[other.box for other in others], least=2)


def choose_box(
    record: RegionRecord,
    context: Context,
    *,
    others: Sequence[Sequence[float]],
    least: int,
    side: int = MIN_SIDE,
) -> Example | Skip:
    """Which of several boxes is that of the region's text? Those offered differ clearly from each other.

    Args:
        others: Wrong boxes, the most welcome first.
        least: How many options there must be.
        side: A box with a shorter side, in pixels, is not offered.
    """
    own, text = large_enough(record.region.box, record.size, side=side), record.region.text
    if own is None or not text:
        return _unfit(own)
    boxes = [own]
    for other in others:
        box = large_enough(other, record.size, side=side)
        if box is not None and len(boxes) < MAX_OPTIONS and all(iou(box, each) < TOO_ALIKE for each in boxes):
            boxes.append(box)
    if len(boxes) < least:
        return Skip("too_few_other_boxes")
    options = dice(record, context).shuffled("options", [box_text(box) for box in boxes])
    return box_example(record, context, text=text, options=tuple(options), target=box_text(own))


def are_alike(one: str, other: str) -> bool:
    """Whether two phrases mostly use the same words, so that both may well be true of one thing."""
    return shares_words(one, long_words(other)) or shares_words(other, long_words(one))


def _elsewhere(record: RegionRecord, box: Box) -> list[Region]:
    return [other for other in record.others if not overlap(box, other.box)]


def _unfit(box: Box | None) -> Skip:
    return Skip("box_too_small_or_outside" if box is None else "empty_text")
