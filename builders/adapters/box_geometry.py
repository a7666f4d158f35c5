"""Box geometry, and the annotated objects of a picture that are fit to be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from instraug_datasets.lazy_numpy import np
from instraug_datasets.records import Box
from instraug_datasets.styles import REGION_STYLES, boxes_text

from ..sources.mscoco import AnnotatedPicture
from ..sources.regions import BoxArray, clip_box, clip_boxes

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "MIN_SIDE",
    "ObjectBox",
    "box_area",
    "box_iou",
    "boxes_by_category",
    "clip_box",
    "format_boxes",
    "incomplete_categories",
    "intersection_area",
    "intersection_over_area",
    "is_usable",
    "overlap_matrix",
    "usable_box",
    "usable_boxes",
    "usable_objects",
]

MIN_SIDE = 8
"""Boxes with a shorter side, in pixels, are too small to be asked about."""


_PIXELS = REGION_STYLES["pixels"]
_EXACT = 2**24
"""Smaller whole numbers are exact in single precision, in which data sets store boxes."""


class ObjectBox(NamedTuple):
    """An object's category, and its box in whole pixels."""

    category: str
    box: Box


def usable_objects(record: AnnotatedPicture) -> list[ObjectBox]:
    """The objects to ask about, in the order of the file, without crowds, tiny objects and repeated boxes."""
    categories: dict[Box, str] = {}
    for category, box, crowd in zip(record.categories, record.boxes, record.crowds, strict=True):
        left, top, right, bottom = box
        # As in `is_usable`, whose calls would take a third of the time.
        if not crowd and right - left >= MIN_SIDE and bottom - top >= MIN_SIDE:
            categories.setdefault(box, category)
    return [ObjectBox(category, box) for box, category in categories.items()]


def boxes_by_category(record: AnnotatedPicture) -> dict[str, list[Box]]:
    """The boxes of all objects, including crowds and tiny objects."""
    boxes: dict[str, list[Box]] = {}
    for category, box in zip(record.categories, record.boxes, strict=True):
        boxes.setdefault(category, []).append(box)
    return boxes


def incomplete_categories(record: AnnotatedPicture) -> set[str]:
    """The categories with an object too small to be asked about, or with a crowd, whose objects have no own boxes."""
    return {
        category
        for category, (left, top, right, bottom), crowd in zip(
            record.categories, record.boxes, record.crowds, strict=True
        )
        if crowd or right - left < MIN_SIDE or bottom - top < MIN_SIDE
    }


def usable_box(box: Sequence[float], size: tuple[int, int], *, min_side: int = MIN_SIDE) -> Box | None:
    """The clipped box, or None if one of its sides is shorter than `min_side` pixels."""
    clipped = clip_box(box, size)
    return clipped if is_usable(clipped, min_side=min_side) else None


def usable_boxes(boxes: BoxArray, size: tuple[int, int]) -> list[Box]:
    """The clipped boxes of which no side is shorter than `MIN_SIDE` pixels, as `usable_box` gives them, but faster.

    Args:
        boxes: Boxes in pixels, shape `(count, 4)`.
    """
    corners = clip_boxes(boxes, np.array(size, np.float64))
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
    """Clipped boxes as text for options and targets, in pixels.

    Example:
        format_boxes((0.0, 10.0, 21.0, 80.0))
    """
    if len(boxes) == 1:
        return _box_text(boxes[0])
    return _PIXELS.boxes.replace("*", _PIXELS.separator.join(map(_box_text, boxes)))


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
    left, top, right, bottom = box
    if left < right < _EXACT and top < bottom < _EXACT:
        # What the style would write, in a fifth of the time.
        return f"{left:.0f} {top:.0f} {right:.0f} {bottom:.0f}"
    return boxes_text((box,), _PIXELS)
