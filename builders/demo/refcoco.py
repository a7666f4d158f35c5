"""Writes RefCOCO, RefCOCO+ and RefCOCOg in their original layout, on MSCOCO images: referring expressions."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from . import mscoco
from .files import folder, write_json
from .shapes import KINDS
from .words import place, with_article
from .world import Scene, Shape

__all__ = ["CORPORA", "write"]

_SPLITS = ("train", "train", "train", "val", "train", "test", "train", "val")


def _located(scene: Scene, shape: Shape) -> list[str]:
    return [f"{shape.name} {place(scene, shape)}", shape.name]


def _unlocated(scene: Scene, shape: Shape) -> list[str]:
    colours = Counter(each.colour for each in scene.shapes)
    return [f"the {shape.name}", *([f"the {shape.colour} one"] if colours[shape.colour] == 1 else [])]


def _written_out(scene: Scene, shape: Shape) -> list[str]:
    sentence = f"{with_article(shape.name)} {place(scene, shape)} of a picture with {with_article(scene.background)}"
    return [f"{sentence[0].upper()}{sentence[1:]} background."]


CORPORA: Mapping[str, tuple[str, Callable[[Scene, Shape], list[str]]]] = MappingProxyType(
    {"refcoco": ("google", _located), "refcoco+": ("unc", _unlocated), "refcocog": ("google", _written_out)}
)
"""The author of the splits of each corpus, and the expressions for a shape."""


def write(root: Path, /, *, corpus: str, seed: int, images: int) -> None:
    """Write the folder of one corpus, and `MSCOCO2014/` if it does not exist yet."""
    if not (root / "MSCOCO2014").exists():
        mscoco.write(root, seed=seed, images=images)
    splitter, expressions = CORPORA[corpus]
    scenes = dict(mscoco.numbered_scenes("train", seed=seed, images=images))
    target = folder(root, corpus, corpus)
    write_json(target / "instances.json", mscoco.instances(scenes, "train"))
    refs = [
        ref
        for position, (image_id, scene) in enumerate(scenes.items())
        for ref in _refs(image_id, scene, _SPLITS[position % len(_SPLITS)], expressions)
    ]
    # Pickle writes a shared string only once; a round trip through JSON makes the bytes independent of sharing.
    content = pickle.dumps(json.loads(json.dumps(refs)), protocol=2)
    (target / f"refs({splitter}).p").write_bytes(content)


def _refs(
    image_id: int, scene: Scene, split: str, expressions: Callable[[Scene, Shape], list[str]]
) -> Iterator[dict[str, Any]]:
    """An entry for every shape whose name is unique in the image."""
    names = Counter(shape.name for shape in scene.shapes)
    for key, shape in mscoco.annotated_shapes(image_id, scene).items():
        if names[shape.name] == 1:
            sentences = [_sentence(10 * key + i, raw) for i, raw in enumerate(expressions(scene, shape))]
            yield {
                "sent_ids": [sentence["sent_id"] for sentence in sentences],
                "file_name": f"COCO_train2014_{image_id:012d}_{key}.jpg",
                "ann_id": key,
                "ref_id": key,
                "image_id": image_id,
                "split": split,
                "sentences": sentences,
                "category_id": KINDS[shape.kind].category,
            }


def _sentence(sent_id: int, raw: str) -> dict[str, Any]:
    sent = raw.lower().rstrip(".")
    return {"tokens": sent.split(), "raw": raw, "sent_id": sent_id, "sent": sent}
