"""Pictures that several tasks share, and their examples: only the wording tells which task is asked.

A picture has five places, in the form of a plus, with a shape in each. Two tasks ask about the place in a region, and
four about the place that has a relation to it, with the same fields, so that the fields never tell the task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from instraug_datasets.styles import REGION_STYLES, boxes_text

from .drawing import draw
from .random_draws import choose, sample, uniform
from .shapes import BACKGROUNDS, COLOURS, KINDS
from .world import Scene, Shape

__all__ = ["BOXES", "PLACES", "SIDE", "TASKS", "WORDS", "Picture", "demo_picture", "examples", "names", "places"]

WIDTH, HEIGHT = 96, 72
"""Of a picture in pixels; a place takes a third of both. They differ, so that the boxes have few numbers in common."""

SIDE = 72
"""Width and height of a picture as the model sees it."""

PLACES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"center": (1, 1), "left": (1, 0), "right": (1, 2), "top": (0, 1), "bottom": (2, 1)}
)
"""The places of a picture, as row and column of a 3 x 3 grid."""

_CELL = WIDTH // 3, HEIGHT // 3
_BOXES = {
    place: [_CELL[0] * column, _CELL[1] * row, _CELL[0] * (column + 1), _CELL[1] * (row + 1)]
    for place, (row, column) in PLACES.items()
}
BOXES: Mapping[str, str] = MappingProxyType(
    {place: boxes_text([box], REGION_STYLES["pixels"]) for place, box in _BOXES.items()}
)
"""The box of each place, as answers and prompts write it."""

# Relation: the place of its subject and that of its object when the region is the center.
_RELATIONS = {
    "left of": ("left", "right"),
    "right of": ("right", "left"),
    "above": ("top", "bottom"),
    "below": ("bottom", "top"),
}
_OF_REGION = ("object_grounding", "object_description_generate")
_OF_RELATION = (
    "visual_subject_identification",
    "visual_object_identification",
    "visual_subject_region",
    "visual_object_region",
)
TASKS = (*_OF_REGION, *_OF_RELATION)
"""The tasks, all with instructions in the bundled pools `multiinstruct` and `heldout`."""

WORDS: tuple[str, ...] = ("", *KINDS, *COLOURS, *BOXES.values())
"""The words of all answers; the empty one ends an answer of one word. A box counts as a word."""

_SIZES = (0.6, 0.75, 0.92)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what is in it.

    Attributes:
        name: Unique among all pictures.
        pixels: Shape `(SIDE, SIDE, 3)`, 0 to 255.
        shapes: Kind and color by place; a place with none or several shapes is left out.
    """

    name: str
    source: str
    pixels: npt.NDArray[np.uint8]
    shapes: Mapping[str, tuple[str, str]]


def demo_picture(world: str, number: int) -> Picture:
    """A picture drawn as the demo world draws: five shapes of different kinds."""
    key = ("effect", world, number)
    kinds = sample(list(KINDS), len(PLACES), *key, "kinds")
    shapes = {
        place: Shape(kind, choose(list(COLOURS), *key, place, "colour"), _box(kind, *PLACES[place], *key, place))
        for place, kind in zip(PLACES, kinds, strict=True)
    }
    scene = Scene(WIDTH, HEIGHT, choose(list(BACKGROUNDS), *key, "background"), tuple(shapes.values()))
    named = {place: (shape.kind, shape.colour) for place, shape in shapes.items()}
    return Picture(f"{world}/{number}", "demo", np.asarray(draw(scene).resize((SIDE, SIDE))), named)


def examples(pictures: Sequence[Picture], *, key: str) -> list[dict[str, Any]]:
    """One example of every task that a picture can be asked, in the columns of the package.

    Args:
        key: Determines the regions and relations.

    Returns:
        Rows with `picture`, the position of the picture, and `others`, the answers of the other tasks with the same
        fields that differ from the target.
    """
    return [row for position, picture in enumerate(pictures) for row in _of_picture(position, picture, key)]


def places(pictures: Sequence[Picture]) -> npt.NDArray[np.uint8]:
    """The pixels of each place, in the order of `PLACES`: shape `(pictures, places, SIDE / 3, SIDE / 3, 3)`."""
    side = SIDE // 3
    pixels = np.stack([picture.pixels for picture in pictures])
    cut = [
        pixels[:, side * row : side * (row + 1), side * column : side * (column + 1)] for row, column in PLACES.values()
    ]
    return np.stack(cut, axis=1)


def names(pictures: Sequence[Picture]) -> list[tuple[int, int]]:
    """The kind and the color in each place of each picture, as positions in `KINDS` and `COLOURS`."""
    kinds, colours = list(KINDS), list(COLOURS)
    shapes = (picture.shapes[place] for picture in pictures for place in PLACES)
    return [(kinds.index(kind), colours.index(colour)) for kind, colour in shapes]


def _of_picture(position: int, picture: Picture, key: str) -> Iterator[dict[str, Any]]:
    # All tasks with the same fields ask about the same place and relation of a picture: otherwise a picture and its
    # fields would tell the task, and a model could learn the answers by heart without reading the wordings.
    place = choose(sorted(picture.shapes), key, picture.name, "place")
    kind, colour = picture.shapes[place]
    of_region = dict(zip(_OF_REGION, (kind, f"{colour} {kind}"), strict=True))
    yield from (_row(position, picture, task, of_region, place, None) for task in _OF_REGION)
    fitting = [name for name, places in _RELATIONS.items() if {"center", *places} <= picture.shapes.keys()]
    if not fitting:
        return
    relation = choose(fitting, key, picture.name, "relation")
    subject, object_ = _RELATIONS[relation]
    named = picture.shapes[subject][0], picture.shapes[object_][0], BOXES[subject], BOXES[object_]
    of_relation = dict(zip(_OF_RELATION, named, strict=True))
    yield from (_row(position, picture, task, of_relation, "center", relation) for task in _OF_RELATION)


def _row(
    position: int, picture: Picture, task: str, answers: Mapping[str, str], place: str, relation: str | None
) -> dict[str, Any]:
    return {
        "unique_id": f"{picture.source}/{task}/{picture.name}",
        "task": task,
        "region": [[float(number) for number in _BOXES[place]]],
        "text": relation,
        "target": answers[task],
        "others": sorted({*answers.values()} - {answers[task]}),
        "picture": position,
    }


def _box(kind: str, row: int, column: int, *key: str | int) -> tuple[float, float, float, float]:
    aspect = KINDS[kind].aspect
    cell_width, cell_height = _CELL
    width = min(cell_width, cell_height * aspect) * choose(_SIZES, *key, "size")
    height = width / aspect
    x = column * cell_width + uniform(0.02, 0.98, *key, "x") * (cell_width - width)
    y = row * cell_height + uniform(0.02, 0.98, *key, "y") * (cell_height - height)
    return x, y, width, height
