"""Box geometry, and the annotated objects of a picture that are fit to be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from instraug_datasets.records import Box
from instraug_datasets.styles import REGION_STYLES, boxes_text

from ..sources.mscoco import AnnotatedPicture

__all__ = [
    "MIN_SIDE",
    "ObjectBox",
    "box_area",
    "box_iou",
    "category_boxes",
    "clip_box",
    "crowd_categories",
    "format_boxes",
    "intersection_area",
    "intersection_over_area",
    "tiny_categories",
    "usable_box",
    "usable_objects",
]

MIN_SIDE = 8
"""Boxes with a shorter side, in pixels, are too small to be asked about."""


class ObjectBox(NamedTuple):
    """An object's category, and its box in whole pixels."""

    category: str
    box: Box


def usable_objects(record: AnnotatedPicture) -> list[ObjectBox]:
    """The objects to ask about, in the order of the file, without crowds, tiny objects and repeated boxes."""
    objects: dict[Box, ObjectBox] = {}
    for instance in record.instances:
        box = clip_box(instance.box, record.size)
        if not instance.crowd and min(box[2] - box[0], box[3] - box[1]) >= MIN_SIDE:
            objects.setdefault(box, ObjectBox(instance.category, box))
    return list(objects.values())


def category_boxes(record: AnnotatedPicture, category: str) -> list[Box]:
    """The boxes of all objects of a category, including crowds and tiny objects."""
    return [clip_box(instance.box, record.size) for instance in record.instances if instance.category == category]


def crowd_categories(record: AnnotatedPicture) -> set[str]:
    """The categories annotated as a crowd, whose objects do not all have a box of their own."""
    return {instance.category for instance in record.instances if instance.crowd}


def tiny_categories(record: AnnotatedPicture) -> set[str]:
    """The categories with an object too small to be asked about."""
    return {instance.category for instance in record.instances if usable_box(instance.box, record.size) is None}


def clip_box(box: Sequence[float], size: tuple[int, int]) -> Box:
    """A box rounded to whole pixels and clipped to the picture; without area if it lies outside.

    Example:
        clip_box((-3.2, 10, 20.6, 90), (100, 80))  # (0.0, 10.0, 21.0, 80)
    """
    width, height = size
    x1, y1, x2, y2 = (float(round(value)) for value in box)
    return min(max(x1, 0.0), width), min(max(y1, 0.0), height), min(max(x2, 0.0), width), min(max(y2, 0.0), height)


def usable_box(box: Sequence[float], size: tuple[int, int], *, min_side: int = MIN_SIDE) -> Box | None:
    """The clipped box, or None if one of its sides is shorter than `min_side` pixels."""
    clipped = clip_box(box, size)
    return clipped if min(clipped[2] - clipped[0], clipped[3] - clipped[1]) >= min_side else None


def box_area(box: Box) -> float:
    """The area of a box in square pixels."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def intersection_area(first: Box, second: Box) -> float:
    """The area of the intersection of two boxes in square pixels."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)


def format_boxes(*boxes: Box) -> str:
    """Boxes as text for options and targets, in pixels.

    Example:
        format_boxes((0.0, 10.0, 21.0, 80.0))
    """
    return boxes_text(boxes, REGION_STYLES["pixels"])


def intersection_over_area(inner: Box, outer: Box) -> float:
    """The share of `inner` that lies in `outer`; 0 if `inner` has no area."""
    whole = box_area(inner)
    return intersection_area(inner, outer) / whole if whole else 0.0


def box_iou(first: Box, second: Box) -> float:
    """Intersection over union of two boxes."""
    common = intersection_area(first, second)
    union = box_area(first) + box_area(second) - common
    return common / union if union else 0.0
