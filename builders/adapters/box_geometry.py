"""Box geometry, and the annotated objects of a picture that are fit to be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instraug_datasets.records import Box
from instraug_datasets.styles import REGION_STYLES, boxes_text

from ..sources.mscoco import AnnotatedPicture

__all__ = [
    "MIN_SIDE",
    "ObjectBox",
    "box_area",
    "box_iou",
    "boxes_by_category",
    "clip_box",
    "crowd_categories",
    "format_boxes",
    "intersection_area",
    "intersection_over_area",
    "is_usable",
    "overlap_matrix",
    "tiny_categories",
    "usable_box",
    "usable_boxes",
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
        if not instance.crowd and is_usable(box):
            objects.setdefault(box, ObjectBox(instance.category, box))
    return list(objects.values())


def boxes_by_category(record: AnnotatedPicture) -> dict[str, list[Box]]:
    """The boxes of all objects, including crowds and tiny objects."""
    boxes: dict[str, list[Box]] = {}
    for instance in record.instances:
        boxes.setdefault(instance.category, []).append(clip_box(instance.box, record.size))
    return boxes


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
    x1, y1, x2, y2 = box
    x1, y1, x2, y2 = float(round(x1)), float(round(y1)), float(round(x2)), float(round(y2))
    # Conditions in place of min and max, which would take most of the time of some tasks.
    return (
        0.0 if x1 < 0.0 else width if x1 > width else x1,
        0.0 if y1 < 0.0 else height if y1 > height else y1,
        0.0 if x2 < 0.0 else width if x2 > width else x2,
        0.0 if y2 < 0.0 else height if y2 > height else y2,
    )


def usable_box(box: Sequence[float], size: tuple[int, int], *, min_side: int = MIN_SIDE) -> Box | None:
    """The clipped box, or None if one of its sides is shorter than `min_side` pixels."""
    clipped = clip_box(box, size)
    return clipped if is_usable(clipped, min_side=min_side) else None


def usable_boxes(boxes: Sequence[Sequence[float]], size: tuple[int, int]) -> list[Box]:
    """The clipped boxes of which no side is shorter than `MIN_SIDE` pixels, as `usable_box` gives them, but faster."""
    # Adding zero turns a negative zero into a positive one.
    corners = np.rint(np.array(boxes, np.float64).reshape(-1, 4)) + 0.0
    corners = np.minimum(np.maximum(corners, 0.0), np.array(size * 2, np.float64))
    usable = ((corners[:, 2:] - corners[:, :2]) >= MIN_SIDE).all(axis=1)
    return list(map(tuple, corners[usable].tolist()))


def is_usable(box: Box, *, min_side: int = MIN_SIDE) -> bool:
    """Whether no side of a clipped box is shorter than `min_side` pixels."""
    return box[2] - box[0] >= min_side and box[3] - box[1] >= min_side


def box_area(box: Box) -> float:
    """The area of a box in square pixels."""
    width, height = box[2] - box[0], box[3] - box[1]
    return width * height if width > 0 and height > 0 else 0.0


def intersection_area(first: Box, second: Box) -> float:
    """The area of the intersection of two boxes in square pixels."""
    # Conditions in place of min and max: this is called for millions of pairs, and is twice as fast.
    left, top, right, bottom = first
    other_left, other_top, other_right, other_bottom = second
    width = (other_right if other_right < right else right) - (other_left if other_left > left else left)
    if width <= 0:
        return 0.0
    height = (other_bottom if other_bottom < bottom else bottom) - (other_top if other_top > top else top)
    return width * height if height > 0 else 0.0


def format_boxes(*boxes: Box) -> str:
    """Boxes as text for options and targets, in pixels.

    Example:
        format_boxes((0.0, 10.0, 21.0, 80.0))
    """
    return _box_text(boxes[0]) if len(boxes) == 1 else boxes_text(boxes, REGION_STYLES["pixels"])


def intersection_over_area(inner: Box, outer: Box) -> float:
    """The share of `inner` that lies in `outer`; 0 if `inner` has no area."""
    whole = box_area(inner)
    return intersection_area(inner, outer) / whole if whole else 0.0


def box_iou(first: Box, second: Box) -> float:
    """Intersection over union of two boxes."""
    common = intersection_area(first, second)
    union = box_area(first) + box_area(second) - common
    return common / union if union else 0.0


def overlap_matrix(boxes: Sequence[Box], min_iou: float) -> npt.NDArray[np.bool_]:
    """Whether the intersection over union of two boxes reaches `min_iou`, shape `(len(boxes), len(boxes))`.

    It agrees with `box_iou` to the last bit.
    """
    left, top, right, bottom = np.array(boxes, np.float64).reshape(-1, 4).T
    areas = np.maximum(right - left, 0.0) * np.maximum(bottom - top, 0.0)
    width = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    height = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    common = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    union = np.add.outer(areas, areas) - common
    overlaps: npt.NDArray[np.bool_] = np.divide(common, union, out=np.zeros_like(union), where=union != 0) >= min_iou
    return overlaps


# The boxes of a picture are options of many of its records.
@lru_cache(maxsize=4096)
def _box_text(box: Box) -> str:
    return boxes_text((box,), REGION_STYLES["pixels"])
