"""Writes VAW in its original layout, on Visual Genome images: positive and negative attributes of shapes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from . import visual_genome
from .files import folder, write_json
from .random_draws import draw_integer, sample
from .shapes import COLOURS
from .world import Scene, Shape

__all__ = ["write"]

_CURVED = ("circle", "ring", "heart")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `VAW/`, and `visual_genome/` if it does not exist yet."""
    if not (root / "visual_genome").exists():
        visual_genome.write(root, seed=seed, images=images)
    target = folder(root, "VAW", "vaw_dataset", "data")
    train, val, test = (
        [
            record
            for item in visual_genome.numbered_scenes(split, seed=seed, images=images)
            for record in _objects(*item)
        ]
        for split in visual_genome.SPLITS
    )
    parts = {"train_part1": train[::2], "train_part2": train[1::2], "val": val, "test": test}
    for name, records in parts.items():
        write_json(target / f"{name}.json", records)


def _objects(image_id: int, scene: Scene) -> Iterator[dict[str, Any]]:
    for number, shape in enumerate(scene.shapes):
        instance_id = f"{image_id}{number:03d}"
        key = fold("vaw", instance_id)
        yield {
            "image_id": str(image_id),
            "instance_id": instance_id,
            "instance_bbox": [float(side) for side in visual_genome.box(scene, shape)],
            "instance_polygon": [[[round(x, 2), round(y, 2)] for x, y in shape.outline]],
            "object_name": shape.kind,
            "positive_attributes": _positive(shape),
            "negative_attributes": _negative(shape, key),
        }


def _positive(shape: Shape) -> list[str]:
    return [shape.colour, "curved" if shape.kind in _CURVED else "angular"]


def _negative(shape: Shape, key: int) -> list[str]:
    """Some attributes that the shape lacks; sometimes none, as for unannotated objects."""
    others = [colour for colour in COLOURS if colour != shape.colour]
    wrong = [*others, "angular" if shape.kind in _CURVED else "curved", "striped", "transparent"]
    return sample(wrong, draw_integer(9, key, "count"), key, "negative")
