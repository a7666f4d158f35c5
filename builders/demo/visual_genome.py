"""Writes Visual Genome in its original layout: images in two folders, with regions, relationships and questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, pairwise
from math import ceil, floor
from pathlib import Path
from types import MappingProxyType
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .questions import Question, questions
from .random_draws import choose, happens, sample
from .scenes import split_scenes
from .words import PREPOSITIONS, place, with_article
from .world import XYWH, Scene, Shape, clear_pairs, holds

__all__ = ["FILES", "SPLITS", "box", "numbered_scenes", "write"]

SPLITS = ("train", "valid", "test")

_FIRST = 2_315_000
_SITE = "https://example.invalid/VG_100K"
_FOLDERS = ("VG_100K", "VG_100K_2")
_PAIRS = 3
_NEIGHBOURS = {"left of": 0, "above": 1}


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `visual_genome/`, with half as many validation as training images, and one test image."""
    target = folder(root, "visual_genome")
    splits = {split: dict(numbered_scenes(split, seed=seed, images=images)) for split in SPLITS}
    scenes = {image_id: scene for split in splits.values() for image_id, scene in split.items()}
    for image_id, scene in scenes.items():
        save_picture(draw(scene), folder(target, _FOLDERS[image_id % 2]) / f"{image_id}.jpg")
    for name, record in FILES.items():
        write_json(target / f"{name}.json", [record(*item) for item in scenes.items()])
    write_json(target / "VG_splits.json", {"VG": _positions({split: len(own) for split, own in splits.items()})})


def numbered_scenes(split: str, *, seed: int, images: int) -> Iterator[tuple[int, Scene]]:
    """The image ids and scenes of a split."""
    count = {"train": images, "valid": max(1, images // 2), "test": 1}[split]
    return split_scenes("visual_genome", split, splits=SPLITS, first=_FIRST, seed=seed, images=count)


def box(scene: Scene, *shapes: Shape) -> XYWH:
    """The bounding box of some shapes in whole pixels, with a small margin, as annotators draw it."""
    left = max(0, floor(min(shape.box[0] for shape in shapes)) - 1)
    top = max(0, floor(min(shape.box[1] for shape in shapes)) - 1)
    right = min(scene.width, ceil(max(shape.box[0] + shape.box[2] for shape in shapes)) + 1)
    bottom = min(scene.height, ceil(max(shape.box[1] + shape.box[3] for shape in shapes)) + 1)
    return left, top, right - left, bottom - top


def _positions(counts: Mapping[str, int]) -> dict[str, list[int]]:
    """The first and last index of every split."""
    ends = [0, *accumulate(counts.values())]
    return {split: [start, end - 1] for split, (start, end) in zip(counts, pairwise(ends), strict=True)}


def _image(image_id: int, scene: Scene) -> dict[str, Any]:
    return {
        "width": scene.width,
        "url": f"{_SITE}/{image_id}.jpg",
        "height": scene.height,
        "image_id": image_id,
        "coco_id": None,
        "flickr_id": None,
    }


def _regions(image_id: int, scene: Scene) -> dict[str, Any]:
    """A region per shape, regions of two shapes in a clear relation, and the whole background."""
    key = fold("regions", image_id)
    one = [(f"{with_article(shape.name)} {place(scene, shape)}", (shape,)) for shape in scene.shapes]
    two = [
        (f"{with_article(first.kind)} {PREPOSITIONS[relation]} {with_article(second.kind)}", (first, second))
        for first, relation, second in sample(clear_pairs(scene), _PAIRS, key, "pairs")
    ]
    boxes = [(phrase, box(scene, *shapes)) for phrase, shapes in (*one, *two)]
    boxes.append((f"a {scene.background} background", (0, 0, scene.width, scene.height)))
    return {
        "regions": [_region(image_id, 100 * image_id + i, *pair) for i, pair in enumerate(boxes)],
        "id": image_id,
    }


def _region(image_id: int, region_id: int, phrase: str, where: XYWH) -> dict[str, Any]:
    x, y, width, height = where
    sides = {"region_id": region_id, "width": width, "height": height}
    return {**sides, "image_id": image_id, "phrase": phrase, "y": y, "x": x}


def _relationships(image_id: int, scene: Scene) -> dict[str, Any]:
    """Relations of neighbours only, horizontally and vertically; annotators name few of the relations that hold."""
    pairs = [
        (first, relation, second)
        for relation, axis in _NEIGHBOURS.items()
        for first, second in pairwise(sorted(scene.shapes, key=lambda shape: shape.box[axis]))
        if holds(relation, first, second)
    ]
    return {
        "relationships": [_relationship(image_id, scene, 100 * image_id + i, *pair) for i, pair in enumerate(pairs)],
        "image_id": image_id,
    }


def _relationship(image_id: int, scene: Scene, key: int, first: Shape, relation: str, second: Shape) -> dict[str, Any]:
    predicate = PREPOSITIONS[relation]
    return {
        "predicate": predicate.upper() if happens(0.3, key, "upper case") else predicate,
        "object": _object(scene, second, 10 * image_id + scene.shapes.index(second), key),
        "relationship_id": key,
        "synsets": [],
        "subject": _object(scene, first, 10 * image_id + scene.shapes.index(first), key),
    }


def _object(scene: Scene, shape: Shape, object_id: int, key: int) -> dict[str, Any]:
    x, y, width, height = box(scene, shape)
    # The real files have `names` in older releases and `name` in newer ones.
    name = {"name": shape.kind} if happens(0.5, key, "one name") else {"names": [shape.kind]}
    return {**name, "h": height, "object_id": object_id, "synsets": [], "w": width, "y": y, "x": x}


def _questions(image_id: int, scene: Scene) -> dict[str, Any]:
    asked = questions(scene, fold("genome questions", image_id))
    return {"id": image_id, "qas": [_question(image_id, 100 * image_id + i, each) for i, each in enumerate(asked)]}


def _question(image_id: int, qa_id: int, asked: Question) -> dict[str, Any]:
    # Most answers end with a full stop; some do not.
    mark = choose((".", ".", ".", ""), qa_id, "full stop")
    return {
        "a_objects": [],
        "question": asked.text,
        "image_id": image_id,
        "qa_id": qa_id,
        "answer": f"{asked.answer.capitalize()}{mark}",
        "q_objects": [],
    }


FILES: Mapping[str, Callable[[int, Scene], dict[str, Any]]] = MappingProxyType(
    {
        "image_data": _image,
        "region_descriptions": _regions,
        "relationships": _relationships,
        "question_answers": _questions,
    }
)
"""The files with one record per image, and how a record is made."""
