"""Object grounding: generate, select and verify the boxes of object categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from instraug_datasets.records import Box, Example

from ..sources.mscoco import AnnotatedPicture
from ..sources.regions import SizedPicture
from .box_geometry import (
    ObjectBox,
    box_iou,
    boxes_by_category,
    format_boxes,
    incomplete_categories,
    intersection_over_area,
    usable_objects,
)
from .context import Context, ExampleRandom, Skip, example_random, make_example
from .verbalizers import verbalize

__all__ = [
    "box_metadata",
    "generate_regions",
    "identify_object",
    "make_box_example",
    "match_categories",
    "match_object_region",
    "select_object_region",
]

MAX_BOXES = 10
"""Categories with more boxes in a picture are not asked for, because the answer would be too long."""

MAX_OPTIONS = 6
"""Options of an example, including the right one."""

MAX_DISTRACTOR_IOU = 0.5
"""Boxes whose intersection over union with the right box reaches this are not offered as wrong options."""


def generate_regions(record: AnnotatedPicture, context: Context) -> Example | Skip:
    """Give the boxes of all objects of a category, from left to right; none of them may be too small to be given."""
    found = usable_objects(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    by_category, incomplete = _by_category(found), incomplete_categories(record)
    countable = [name for name in by_category if name not in incomplete and len(by_category[name]) <= MAX_BOXES]
    if not countable:
        return Skip("no_countable_category")
    name = example_random(record, context).choice("category", countable)
    boxes = sorted([object_.box for object_ in by_category[name]])
    return make_box_example(record, context, text=name, target=format_boxes(*boxes))


def identify_object(record: AnnotatedPicture, context: Context) -> Example | Skip:
    """Name the category of the object in a box."""
    found = usable_objects(record)
    if not found:
        return Skip("too_few_objects")
    object_ = example_random(record, context).choice("thing", found)
    return make_box_example(record, context, region=(object_.box,), target=object_.category)


def match_categories(record: AnnotatedPicture, context: Context) -> Example | Skip:
    """Decide whether two boxes hold objects of one category; balanced where a picture allows both answers."""
    found = usable_objects(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    rng = example_random(record, context)
    by_category = _by_category(found)
    repeated = [members for members in by_category.values() if len(members) > 1]
    positive = bool(repeated) and (len(by_category) == 1 or rng.coin_flip("positive"))
    if positive:
        pair = rng.shuffled("pair", rng.choice("category", repeated))[:2]
    else:
        categories = rng.shuffled("categories", list(by_category.values()))[:2]
        pair = [rng.choice(f"thing {place}", members) for place, members in enumerate(categories)]
    answer = verbalize(context.task.name, rng, positive=positive)
    return make_box_example(
        record,
        context,
        region=tuple(object_.box for object_ in pair),
        options=answer.options,
        target=answer.target,
        meta={"categories": [object_.category for object_ in pair], "positive": positive},
    )


def match_object_region(record: AnnotatedPicture, context: Context) -> Example | Skip:
    """Decide whether a box holds an object of a category; wrong categories have no object that touches the box."""
    found = usable_objects(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    rng, boxes = example_random(record, context), boxes_by_category(record)
    for object_ in rng.shuffled("thing", found):
        absent = _absent_categories(boxes, object_, found)
        if absent:
            return _matched(record, context, rng, object_=object_, wrong=rng.choice("wrong", absent))
    return Skip("no_object_absent")


def select_object_region(record: AnnotatedPicture, context: Context) -> Example | Skip:
    """Choose the box that holds an object of a category; the other boxes hold objects of other categories."""
    found = usable_objects(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    rng = example_random(record, context)
    for object_ in rng.shuffled("thing", found):
        others = [other.box for other in found if _is_distractor(object_, other)]
        if others:
            wrong = rng.shuffled("others", others)[: MAX_OPTIONS - 1]
            options = rng.shuffled("options", [format_boxes(box) for box in (object_.box, *wrong)])
            return make_box_example(
                record, context, text=object_.category, options=tuple(options), target=format_boxes(object_.box)
            )
    return Skip("too_few_categories")


def make_box_example(
    record: SizedPicture, context: Context, /, *, target: str, meta: dict[str, Any] | None = None, **fields: Any
) -> Example:
    """An example whose metadata lets rendering write its boxes in any region style."""
    meta = {**box_metadata(record, context), **(meta or {})}
    return make_example(record, context, picture=record.picture, target=target, meta=meta, **fields)


def box_metadata(record: SizedPicture, context: Context) -> dict[str, Any]:
    """The metadata that rendering needs to write the boxes of an example in another region style."""
    return {"image_id": record.image_id, "image_size": list(record.size), "boxes": list(context.task.boxes)}


def _matched(
    record: AnnotatedPicture, context: Context, rng: ExampleRandom, *, object_: ObjectBox, wrong: str
) -> Example:
    positive = rng.coin_flip("positive")
    answer = verbalize(context.task.name, rng, positive=positive)
    return make_box_example(
        record,
        context,
        text=object_.category if positive else wrong,
        region=(object_.box,),
        options=answer.options,
        target=answer.target,
        meta={"positive": positive},
    )


def _by_category(found: list[ObjectBox]) -> dict[str, list[ObjectBox]]:
    groups: dict[str, list[ObjectBox]] = {}
    for object_ in found:
        groups.setdefault(object_.category, []).append(object_)
    return groups


def _absent_categories(boxes: Mapping[str, list[Box]], object_: ObjectBox, found: list[ObjectBox]) -> list[str]:
    names = [name for name in dict.fromkeys(other.category for other in found) if name != object_.category]
    return [name for name in names if not any(intersection_over_area(box, object_.box) for box in boxes[name])]


def _is_distractor(object_: ObjectBox, other: ObjectBox) -> bool:
    return other.category != object_.category and box_iou(object_.box, other.box) < MAX_DISTRACTOR_IOU
