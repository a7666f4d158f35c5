"""Objects fit to be asked about: boxes inside the picture, in whole pixels, large enough and all different."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from instraug_datasets.records import Box
from instraug_datasets.styles import REGION_STYLES, boxes_text

from ..sources.mscoco import Picture

__all__ = [
    "MIN_SIDE",
    "Thing",
    "area",
    "box_text",
    "clipped",
    "crowds",
    "iou",
    "large_enough",
    "outlines",
    "overlap",
    "share_inside",
    "things",
]

MIN_SIDE = 8
"""A box with a shorter side, in pixels, is too small to be told from its surroundings."""


class Thing(NamedTuple):
    """One object by its category, with a box of whole pixels."""

    category: str
    box: Box


def things(record: Picture) -> list[Thing]:
    """The objects that can be asked about, in the file's order: no crowds, nothing tiny, no two with the same box."""
    found: dict[Box, Thing] = {}
    for instance in record.instances:
        box = clipped(instance.box, record.size)
        if not instance.crowd and min(box[2] - box[0], box[3] - box[1]) >= MIN_SIDE:
            found.setdefault(box, Thing(instance.category, box))
    return list(found.values())


def outlines(record: Picture, category: str) -> list[Box]:
    """The boxes of everything of a category, crowds and tiny objects included."""
    return [clipped(instance.box, record.size) for instance in record.instances if instance.category == category]


def crowds(record: Picture) -> set[str]:
    """The categories of which the picture has a crowd, so that not every object of them has a box."""
    return {instance.category for instance in record.instances if instance.crowd}


def clipped(box: Sequence[float], size: tuple[int, int]) -> Box:
    """The part of a box inside the picture, in whole pixels; without width or height if there is none."""
    width, height = size
    x1, y1, x2, y2 = (float(round(value)) for value in box)
    return min(max(x1, 0.0), width), min(max(y1, 0.0), height), min(max(x2, 0.0), width), min(max(y2, 0.0), height)


def large_enough(box: Sequence[float], size: tuple[int, int], *, side: int = MIN_SIDE) -> Box | None:
    """The part of a box inside the picture, in whole pixels; None if a side of it is shorter than `side` pixels."""
    inside = clipped(box, size)
    return inside if min(inside[2] - inside[0], inside[3] - inside[1]) >= side else None


def area(box: Box) -> float:
    """The area of a box in square pixels."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def overlap(first: Box, second: Box) -> float:
    """The area that two boxes have in common, in square pixels."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)


def box_text(*boxes: Box) -> str:
    """Boxes as options and targets hold them: pixels, joined with the separator of all boxes."""
    return boxes_text(boxes, REGION_STYLES["pixels"])


def share_inside(inner: Box, outer: Box) -> float:
    """The share of one box that lies in another; 0 for a box without area."""
    whole = area(inner)
    return overlap(inner, outer) / whole if whole else 0.0


def iou(first: Box, second: Box) -> float:
    """Intersection over union of two boxes."""
    common = overlap(first, second)
    union = area(first) + area(second) - common
    return common / union if union else 0.0
