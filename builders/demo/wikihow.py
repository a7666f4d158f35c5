"""Writes WikiHow in its original layout: how to draw a scene, one shape per step, with an image per step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .drawing import draw, save_picture
from .files import folder, write_json
from .random_draws import happens
from .scenes import split_scenes
from .words import listed, place, with_article
from .world import Scene, Shape

__all__ = ["write"]

_SPLITS = ("train", "val", "test")
_FIRST = 400_000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `wikihow/` with enough articles for about `images` images per split, at least three."""
    names: dict[str, list[str]] = {}
    for split in _SPLITS:
        scenes = split_scenes("wikihow", split, splits=_SPLITS, first=_FIRST, seed=seed, images=max(3, images // 4))
        names[split] = [_write_article(root, *numbered) for numbered in scenes]
    write_json(folder(root, "wikihow") / "wikihow_split.json", names)


def _write_article(root: Path, number: int, scene: Scene) -> str:
    title = f"How to Draw {listed([with_article(shape.name) for shape in scene.shapes[:2]])}".title()
    name = f"{number}_{title.replace(' ', '-')}"
    target = folder(root, "wikihow", "data", name)
    pictures = folder(target, "image")
    methods = [_method(number, method, scene, pictures) for method in range(1 + number % 2)]
    write_json(target / "wikihow.json", {"title": title, "url": f"https://example.invalid/{name}", "methods": methods})
    return name


def _method(number: int, method: int, scene: Scene, pictures: Path) -> dict[str, Any]:
    name, order = _ORDERS[method]
    shapes = sorted(scene.shapes, key=order)
    return {"name": name, "steps": list(_steps(number, method, scene, shapes, pictures))}


def _steps(number: int, method: int, scene: Scene, shapes: list[Shape], pictures: Path) -> Iterator[dict[str, Any]]:
    for i, shape in enumerate(shapes):
        file = "" if happens(0.1, "wikihow no picture", number, method, i) else f"{number}-{method}-{i}.jpg"
        if file:
            save_picture(draw(replace(scene, shapes=tuple(shapes[: i + 1]))), pictures / file)
        headline = f"Draw {with_article(shape.name)} {place(scene, shape)}."
        yield {"headline": headline, "description": "Keep it clear of the other shapes.", "img": file}


def _from_left(shape: Shape) -> float:
    return shape.box[0]


def _from_top(shape: Shape) -> float:
    return shape.box[1]


_ORDERS = (("Working From Left to Right", _from_left), ("Working From Top to Bottom", _from_top))
