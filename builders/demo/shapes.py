"""The shapes of the demo world: eight kinds in eight colors, as outlines and RGB values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, pi, sin
from types import MappingProxyType
from typing import TypeAlias

__all__ = ["BACKGROUNDS", "COLOURS", "KINDS", "Kind", "Point"]

Point: TypeAlias = tuple[float, float]
Rgb: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of shape.

    Attributes:
        category: The category id in COCO files; as in the real files, ids have gaps.
        supercategory: The supercategory in COCO files.
        outline: The polygon in the unit square, whose four sides it touches.
        aspect: The ratio of width to height.
    """

    category: int
    supercategory: str
    outline: tuple[Point, ...]
    aspect: float = 1.0


def _circle(corners: int = 28) -> list[Point]:
    return [(sin(2 * pi * i / corners), -cos(2 * pi * i / corners)) for i in range(corners + 1)]


def _ring(hole: float = 0.55) -> list[Point]:
    # Along the rim and back along the hole: a single polygon with the area of the ring.
    rim = _circle()
    return rim + [(x * hole, y * hole) for x, y in reversed(rim)]


def _star(points: int = 5, waist: float = 0.45) -> list[Point]:
    radii = [1.0, waist] * points
    return [(r * sin(pi * i / points), -r * cos(pi * i / points)) for i, r in enumerate(radii)]


def _cross(arm: float = 0.36) -> list[Point]:
    corner = [(-arm, -1.0), (arm, -1.0), (arm, -arm)]
    turned = [[(-y, x) for x, y in corner], [(-x, -y) for x, y in corner], [(y, -x) for x, y in corner]]
    return [*corner, *(point for quarter in turned for point in quarter)]


def _heart(corners: int = 32) -> list[Point]:
    turns = [2 * pi * i / corners for i in range(corners)]
    return [(16 * sin(t) ** 3, 5 * cos(2 * t) + 2 * cos(3 * t) + cos(4 * t) - 13 * cos(t)) for t in turns]


def _fitted(points: Iterable[Point]) -> tuple[Point, ...]:
    corners = list(points)
    (left, right), (top, bottom) = ((min(values), max(values)) for values in zip(*corners, strict=True))
    return tuple(((x - left) / (right - left), (y - top) / (bottom - top)) for x, y in corners)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "circle": Kind(1, "curved", _fitted(_circle())),
        "square": Kind(2, "polygon", _fitted([(0, 0), (1, 0), (1, 1), (0, 1)])),
        "triangle": Kind(3, "polygon", _fitted([(1, 0), (2, 1), (0, 1)]), 1.15),
        "diamond": Kind(5, "polygon", _fitted([(1, 0), (2, 1), (1, 2), (0, 1)]), 0.75),
        "star": Kind(6, "symbol", _fitted(_star()), 1.05),
        "cross": Kind(8, "symbol", _fitted(_cross())),
        "ring": Kind(9, "curved", _fitted(_ring())),
        "heart": Kind(11, "symbol", _fitted(_heart()), 1.1),
    }
)

COLOURS: Mapping[str, Rgb] = MappingProxyType(
    {
        "red": (214, 32, 38),
        "orange": (245, 130, 20),
        "yellow": (250, 208, 0),
        "green": (34, 150, 60),
        "blue": (28, 86, 200),
        "purple": (122, 40, 160),
        "pink": (246, 120, 180),
        "black": (20, 20, 20),
    }
)

BACKGROUNDS: Mapping[str, Rgb] = MappingProxyType(
    {"white": (255, 255, 255), "gray": (190, 190, 190), "beige": (238, 226, 198)}
)
