"""Referring expressions: generate, ground, verify and select the text or the box of a region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from instraug_datasets.records import Box, Example

from ..sources.regions import Region, RegionRecord
from ..sources.texts import long_words, normalize_text
from .box_geometry import MIN_SIDE, box_iou, format_boxes, usable_box
from .context import Context, Skip, example_random
from .object_grounding import MAX_DISTRACTOR_IOU, MAX_OPTIONS, make_box_example
from .verbalizers import verbalize

__all__ = [
    "are_similar",
    "describe_region",
    "ground_expression",
    "match_region_phrase",
    "match_region_text",
    "select_box",
    "select_phrase",
    "select_referred_object",
    "select_region",
]

MIN_OPTIONS = 3
"""Pictures with fewer phrases or boxes to choose from are skipped."""

Similarity = Callable[[str, str], bool]
"""Whether two texts could describe the same thing."""


def describe_region(record: RegionRecord, context: Context) -> Example | Skip:
    """Describe the content of a box."""
    box = usable_box(record.region.box, record.size)
    if box is None or not record.region.text:
        return _skip(box)
    return make_box_example(record, context, region=(box,), target=record.region.text, answers=record.answers)


def ground_expression(record: RegionRecord, context: Context) -> Example | Skip:
    """Give the box of an expression, which must not also describe another place in the picture."""
    box = usable_box(record.region.box, record.size)
    if box is None or not record.region.text:
        return _skip(box)
    text = normalize_text(record.region.text)
    same_text = [other.box for other in record.others if normalize_text(other.text) == text]
    if any(box_iou(box, other) < MAX_DISTRACTOR_IOU for other in same_text):
        return Skip("ambiguous_text")
    return make_box_example(record, context, text=record.region.text, target=format_boxes(box))


def match_region_phrase(record: RegionRecord, context: Context) -> Example | Skip:
    """Decide whether a phrase describes a box; wrong phrases belong to regions that do not touch the box."""
    box = usable_box(record.region.box, record.size)
    if box is None:
        return _skip(box)
    return match_region_text(record, context, box=box, others=_disjoint_regions(record, box), similar=are_similar)


def match_region_text(
    record: RegionRecord, context: Context, *, box: Box, others: Iterable[Region], similar: Similarity
) -> Example | Skip:
    """Decide whether a text belongs to a box; wrong texts are the dissimilar ones of `others`."""
    own = record.region.text
    wrong = [other.text for other in others if other.text and not similar(own, other.text)]
    # Required even if the answer is yes: pictures without a wrong text would otherwise only yield positives.
    if not own or not wrong:
        return Skip("no_other_text" if own else "empty_text")
    rng = example_random(record, context)
    positive = rng.coin_flip("positive")
    answer = verbalize(context.task.name, rng, positive=positive)
    return make_box_example(
        record,
        context,
        text=own if positive else rng.choice("wrong", wrong),
        region=(box,),
        options=answer.options,
        target=answer.target,
        meta={"positive": positive},
    )


def select_phrase(record: RegionRecord, context: Context) -> Example | Skip:
    """Choose the phrase that describes a box; the others describe regions that do not touch it."""
    box, own = usable_box(record.region.box, record.size), record.region.text
    if box is None or not own:
        return _skip(box)
    rng = example_random(record, context)
    found = [other.text for other in _disjoint_regions(record, box) if other.text and not are_similar(own, other.text)]
    distinct = {normalize_text(text): text for text in rng.shuffled("wrong", found)}
    wrong = list(distinct.values())[: MAX_OPTIONS - 1]
    if len(wrong) < MIN_OPTIONS - 1:
        return Skip("too_few_other_texts")
    options = tuple(rng.shuffled("options", [own, *wrong]))
    return make_box_example(record, context, region=(box,), options=options, target=own)


def select_region(record: RegionRecord, context: Context) -> Example | Skip:
    """Choose the box that a phrase describes; the phrases of the other boxes are not similar to it."""
    others = [other for other in record.others if other.text and not are_similar(record.region.text, other.text)]
    boxes = [other.box for other in example_random(record, context).shuffled("others", others)]
    return select_box(record, context, others=boxes, min_options=MIN_OPTIONS)


def select_referred_object(record: RegionRecord, context: Context) -> Example | Skip:
    """Choose the box of the referred object; objects of the same category are preferred as wrong options."""
    others = example_random(record, context).shuffled("others", record.others)
    others.sort(key=lambda other: other.category != record.region.category)
    return select_box(record, context, others=[other.box for other in others], min_options=2)


def select_box(
    record: RegionRecord,
    context: Context,
    *,
    others: Sequence[Sequence[float]],
    min_options: int,
    min_side: int = MIN_SIDE,
) -> Example | Skip:
    """Choose the box of the region's text; all offered boxes differ clearly from each other.

    Args:
        others: Wrong boxes in order of preference.
        min_options: The record is skipped if fewer options remain.
        min_side: Boxes with a shorter side, in pixels, are not offered.
    """
    own, text = usable_box(record.region.box, record.size, min_side=min_side), record.region.text
    if own is None or not text:
        return _skip(own)
    boxes = [own]
    for other in others:
        if len(boxes) == MAX_OPTIONS:
            break
        box = usable_box(other, record.size, min_side=min_side)
        if box is not None and all(box_iou(box, each) < MAX_DISTRACTOR_IOU for each in boxes):
            boxes.append(box)
    if len(boxes) < min_options:
        return Skip("too_few_other_boxes")
    options = example_random(record, context).shuffled("options", [format_boxes(box) for box in boxes])
    return make_box_example(record, context, text=text, options=tuple(options), target=format_boxes(own))


def are_similar(one: str, other: str) -> bool:
    """Whether two phrases mostly use the same words, so that both could describe one thing."""
    words, others = long_words(one), long_words(other)
    return 2 * len(words & others) >= min(len(words), len(others))


def _disjoint_regions(record: RegionRecord, box: Box) -> list[Region]:
    left, top, right, bottom = box
    disjoint = []
    for other in record.others:
        x1, y1, x2, y2 = other.box
        # As in `intersection_area`, whose calls would take most of the time; boxes without area touch nothing.
        if not (x1 < right and left < x2 and y1 < bottom and top < y2 and x1 < x2 and y1 < y2):
            disjoint.append(other)
    return disjoint


def _skip(box: Box | None) -> Skip:
    return Skip("box_too_small_or_outside" if box is None else "empty_text")
