"""Writes VCR in its original layout: scenes with the boxes of all shapes, and questions that name shapes by index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json, write_lines
from .random_draws import choose, sample, shuffle
from .scenes import split_scenes
from .shapes import COLOURS
from .words import PREPOSITIONS
from .world import OPPOSITES, Scene, holds

__all__ = ["write"]

_FIRST = 600_000

Words = list[str | list[int]]


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `VCR/` with up to two questions per image."""
    base = folder(root, "VCR")
    lines: list[dict[str, Any]] = []
    scenes = split_scenes("vcr", "val", splits=("val",), first=_FIRST, seed=seed, images=images)
    for i, (number, scene) in enumerate(scenes):
        film = f"demo_{number % 7}_shapes"
        name = f"{film}/{number}_00.00.{i % 60:02d}.000@{i % 10}"
        _write_picture(folder(base, "vcr1images", film).parent, name, scene)
        for asked in _questions(number, scene):
            lines.append(_line(asked, annotation=len(lines), image=i, name=name, scene=scene))
    write_lines(base / "val.jsonl", lines)


def _write_picture(pictures: Path, name: str, scene: Scene) -> None:
    save_picture(draw(scene), pictures / f"{name}.jpg")
    boxes = [[x, y, x + width, y + height, 0.99] for x, y, width, height in (shape.box for shape in scene.shapes)]
    outlines = [[[[round(u, 1), round(v, 1)] for u, v in shape.outline]] for shape in scene.shapes]
    kinds = [shape.kind for shape in scene.shapes]
    content = {"boxes": boxes, "segms": outlines, "names": kinds, "width": scene.width, "height": scene.height}
    write_json(pictures / f"{name}.json", content)


def _questions(number: int, scene: Scene) -> Iterator[tuple[Words, list[Words]]]:
    """Questions with their choices, the correct one first."""
    key = fold("vcr", number)
    i, j = sample(range(len(scene.shapes)), 2, key, "objects")
    colour = scene.shapes[i].colour
    wrong = sample([other for other in COLOURS if other != colour], 3, key, "colours")
    yield ["What", "color", "is", [i], "?"], [[[i], "is", other, "."] for other in (colour, *wrong)]
    sides = [side for side in OPPOSITES if holds(side, scene.shapes[i], scene.shapes[j])]
    if len(sides) == 1:
        others = [side for side in OPPOSITES if side not in sides]
        answers: list[Words] = [[[i], "is", *PREPOSITIONS[side].split(), [j], "."] for side in (*sides, *others)]
        yield ["How", "do", [i, j], "lie", "to", "each", "other", "?"], answers


def _line(asked: tuple[Words, list[Words]], *, annotation: int, image: int, name: str, scene: Scene) -> dict[str, Any]:
    question, choices = asked
    order = shuffle(range(4), "vcr order", annotation, name)
    reasons: list[Words] = [[[k % len(scene.shapes)], "shows", "it", "."] for k in range(4)]
    return {
        "movie": name.split("/")[0],
        "objects": [shape.kind for shape in scene.shapes],
        "interesting_scores": [1],
        "answer_likelihood": choose(("likely", "possible"), "vcr likelihood", annotation, name),
        "img_fn": f"{name}.jpg",
        "metadata_fn": f"{name}.json",
        "answer_orig": "It is so.",
        "question_orig": "What is so?",
        "rationale_orig": "It shows.",
        "question": question,
        "answer_match_iter": [0, 1, 2, 3],
        "answer_sources": [annotation, 0, 0, 0],
        "answer_choices": [choices[k] for k in order],
        "answer_label": order.index(0),
        "rationale_choices": reasons,
        "rationale_sources": [annotation, 0, 0, 0],
        "rationale_match_iter": [0, 1, 2, 3],
        "rationale_label": 0,
        "img_id": f"val-{image}",
        "question_number": 0,
        "annot_id": f"val-{annotation}",
        "match_fold": "val-0",
        "match_index": annotation,
    }
