"""The scenes of the demo world: non-overlapping colored shapes, as a pure function of seed and number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from types import MappingProxyType
from typing import TypeAlias

from instraug_datasets.hashing import fold

from .random_draws import choose, draw_integer, happens, sample, uniform
from .shapes import BACKGROUNDS, COLOURS, KINDS, Point

__all__ = ["OPPOSITES", "XYWH", "Scene", "Shape", "clear_pairs", "holds", "largest", "make_scene", "unique_kinds"]

XYWH: TypeAlias = tuple[float, float, float, float]

_SIZES = ((160, 120), (176, 128), (192, 128), (144, 112), (160, 160), (120, 160), (128, 176))
_GRIDS = ((3, 3), (4, 3), (3, 4), (4, 4))

OPPOSITES: Mapping[str, str] = MappingProxyType(
    {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
)
"""The relations between two shapes, each with its inverse."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a scene.

    Attributes:
        box: Left, top, width and height in pixels, as COCO writes them; the outline touches all four sides.
    """

    kind: str
    colour: str
    box: XYWH

    @property
    def name(self) -> str:
        """Color and kind, as in "red circle"."""
        return f"{self.colour} {self.kind}"

    @property
    def centre(self) -> Point:
        """The middle of the box."""
        x, y, width, height = self.box
        return x + width / 2, y + height / 2

    @property
    def outline(self) -> list[Point]:
        """The polygon in pixels."""
        x, y, width, height = self.box
        return [(x + u * width, y + v * height) for u, v in KINDS[self.kind].outline]


@dataclass(frozen=True, slots=True)
class Scene:
    """One image: its size in pixels, its background color, and 3 to 7 shapes that do not overlap."""

    width: int
    height: int
    background: str
    shapes: tuple[Shape, ...]


def make_scene(seed: int, number: int) -> Scene:
    """The scene with a number in the world of a seed."""
    key = fold(seed, "scene", number)
    width, height = choose(_SIZES, key, "size")
    columns, rows = choose(_GRIDS, key, "grid")
    kinds = _kinds(key, 3 + draw_integer(5, key, "count"))
    cells = sample(range(columns * rows), len(kinds), key, "cells")
    cell_size = width / columns, height / rows
    shapes = (
        Shape(kind, choose(list(COLOURS), key, "colour", i), _box(kind, divmod(cell, columns), cell_size, fold(key, i)))
        for i, (kind, cell) in enumerate(zip(kinds, cells, strict=True))
    )
    return Scene(width, height, choose(list(BACKGROUNDS), key, "background"), tuple(shapes))


def holds(relation: str, one: Shape, other: Shape) -> bool:
    """Whether `one` is entirely left of, right of, above or below `other`."""
    (x, y, width, height), (other_x, other_y, other_width, other_height) = one.box, other.box
    return {
        "left of": x + width <= other_x,
        "right of": other_x + other_width <= x,
        "above": y + height <= other_y,
        "below": other_y + other_height <= y,
    }[relation]


def clear_pairs(scene: Scene) -> list[tuple[Shape, str, Shape]]:
    """Every `(shape, relation, shape)` that holds between two shapes whose kinds are unique in the scene."""
    pairs = permutations(unique_kinds(scene), 2)
    return [(one, relation, other) for one, other in pairs for relation in OPPOSITES if holds(relation, one, other)]


def unique_kinds(scene: Scene) -> list[Shape]:
    """The shapes whose kind is unique in the scene."""
    counts = Counter(shape.kind for shape in scene.shapes)
    return [shape for shape in scene.shapes if counts[shape.kind] == 1]


def largest(scene: Scene) -> Shape | None:
    """The largest shape, or None unless it is a third larger than the second largest."""
    ordered = sorted(scene.shapes, key=_extent, reverse=True)
    return ordered[0] if _extent(ordered[0]) > 1.33 * _extent(ordered[1]) else None


def _kinds(key: int, count: int) -> list[str]:
    kinds = [choose(list(KINDS), key, "kind", i) for i in range(count)]
    if not happens(0.4, key, "family"):
        return kinds
    family = min(count, 2 + draw_integer(4, key, "family size"))
    return kinds[:1] * family + kinds[family:]


def _box(kind: str, row_and_column: tuple[int, int], cell_size: tuple[float, float], key: int) -> XYWH:
    # Every shape lies inside its own grid cell, so that shapes never overlap.
    (row, column), (cell_width, cell_height) = row_and_column, cell_size
    aspect = KINDS[kind].aspect
    room = min(cell_width, cell_height * aspect)
    width = room * choose((0.5, 0.7, 0.92), key, "part")
    x = column * cell_width + uniform(0.02, 0.98, key, "x") * (cell_width - width)
    y = row * cell_height + uniform(0.02, 0.98, key, "y") * (cell_height - width / aspect)
    return round(x, 2), round(y, 2), round(width, 2), round(width / aspect, 2)


def _extent(shape: Shape) -> float:
    return shape.box[2] * shape.box[3]
