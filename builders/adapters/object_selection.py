"""Object selection: choose the categories of objects that lie inside two boxes, or outside of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from instraug_datasets.records import Box, Example

from ..sources.mscoco import AnnotatedPicture
from .box_geometry import ObjectBox, boxes_by_category, intersection_over_area, usable_objects
from .context import Context, ExampleRandom, Skip, example_random, make_example
from .object_grounding import box_metadata

__all__ = ["NONE", "select_objects_in_regions", "select_objects_outside_regions"]

NONE = "None"
"""The option that is right if no category is."""

MIN_OBJECTS = 4
MAX_CATEGORIES = 4
MIN_SHARE_INSIDE = 0.5
"""An object is inside a box if at least this share of it is; a category is inside if one of its objects is."""

MAX_SHARE_OUTSIDE = 0.1
"""A category is outside if no more than this share of any of its objects is in a box; others are not offered."""

NONE_FREQUENCY = 8
"""One in this many examples has no right category, where the picture allows it."""

MAX_PAIR_DRAWS = 8


class Categories(NamedTuple):
    """The categories that are clearly inside a pair of boxes, and those clearly outside of both."""

    inside: list[str]
    outside: list[str]


def select_objects_in_regions(record: AnnotatedPicture, context: Context) -> Example | Skip:
    """Choose the categories of the objects inside the boxes."""
    return _select(record, context, inside=True)


def select_objects_outside_regions(record: AnnotatedPicture, context: Context) -> Example | Skip:
    """Choose the categories of the objects in neither box."""
    return _select(record, context, inside=False)


def _select(record: AnnotatedPicture, context: Context, *, inside: bool) -> Example | Skip:
    found = usable_objects(record)
    if len(found) < MIN_OBJECTS:
        return Skip("too_few_objects")
    rng, all_boxes = example_random(record, context), boxes_by_category(record)
    for attempt in range(MAX_PAIR_DRAWS):
        pair = rng.shuffled(f"pair {attempt}", found)[:2]
        boxes = pair[0].box, pair[1].box
        categories = _categories(all_boxes, boxes, found)
        if categories.inside and categories.outside:
            right, wrong = categories if inside else reversed(categories)
            return _example(record, context, rng, boxes=boxes, right=right, wrong=wrong)
    return Skip("nothing_outside_the_boxes")


def _example(
    record: AnnotatedPicture,
    context: Context,
    rng: ExampleRandom,
    *,
    boxes: tuple[Box, ...],
    right: list[str],
    wrong: list[str],
) -> Example:
    offered = _sample_categories(rng, right, wrong)
    options = rng.shuffled("options", [*offered, NONE])
    labels = [name for name in options if name in right] or [NONE]
    return make_example(
        record,
        context,
        picture=record.picture,
        region=boxes,
        options=tuple(options),
        target=", ".join(labels),
        meta={**box_metadata(record, context), "labels": labels},
    )


def _sample_categories(rng: ExampleRandom, right: list[str], wrong: list[str]) -> list[str]:
    """Two to four categories, at least one of them wrong and occasionally all of them."""
    wrong = rng.shuffled("wrong", wrong)
    if len(wrong) > 1 and rng.below("none", NONE_FREQUENCY) == 0:
        return wrong[: 2 + rng.below("count", MAX_CATEGORIES - 1)]
    right = rng.shuffled("right", right)
    rest = rng.shuffled("rest", [*right[1:], *wrong[1:]])
    return [right[0], wrong[0], *rest[: rng.below("count", MAX_CATEGORIES - 1)]]


def _share_inside(own: Box, first: Box, second: Box) -> float:
    """The share of a box that lies in one of two boxes, whichever is larger; 0 if it has no area."""
    left, top, right, bottom = own
    # Most boxes touch neither of the two.
    touching = [box for box in (first, second) if box[0] < right and left < box[2] and box[1] < bottom and top < box[3]]
    return max([intersection_over_area(own, box) for box in touching]) if touching else 0.0


def _categories(all_boxes: Mapping[str, list[Box]], boxes: tuple[Box, Box], found: list[ObjectBox]) -> Categories:
    shares = {
        name: max([_share_inside(own, *boxes) for own in all_boxes[name]])
        for name in dict.fromkeys([object_.category for object_ in found])
    }
    return Categories(
        [name for name, share in shares.items() if share >= MIN_SHARE_INSIDE],
        [name for name, share in shares.items() if share <= MAX_SHARE_OUTSIDE],
    )
