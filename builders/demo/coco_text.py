"""Writes COCO-Text in its original layout, on MSCOCO images: every shape stands for a character."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from . import mscoco
from .files import folder, write_json
from .shapes import KINDS
from .world import Scene, Shape

__all__ = ["write"]

_CHARACTERS = {
    "circle": "●",
    "square": "■",
    "triangle": "▲",
    "diamond": "◆",
    "star": "★",
    "cross": "✚",
    "ring": "O",
    "heart": "♥",
}
_CLASSES = {"polygon": "machine printed", "curved": "handwritten", "symbol": "others"}
_SETS = ("train", "train", "val", "train", "test", "val")
_MIN_LEGIBLE_AREA = 420  # square pixels
_INFO = {
    "description": "Demo world of colored shapes in the layout of COCO-Text",
    "url": "https://example.invalid",
    "version": "1.4",
    "author": "instraug-datasets",
    "date_created": "2016-01-01",
}
_CATS = {
    "legibility": ("legible", "illegible"),
    "class": tuple(_CLASSES.values()),
    "language": ("english", "not english", "na"),
}


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `coco_text/`, and `MSCOCO2014/` if it does not exist yet; all images are from train2014."""
    if not (root / "MSCOCO2014").exists():
        mscoco.write(root, seed=seed, images=images)
    pictures, texts, owned = {}, {}, defaultdict(list)
    for position, (image_id, scene) in enumerate(mscoco.numbered_scenes("train", seed=seed, images=images)):
        part = _SETS[position % len(_SETS)]
        pictures[str(image_id)] = _image(image_id, scene, part)
        for number, shape in enumerate(scene.shapes if part != "test" else ()):
            key = 10 * image_id + number
            texts[str(key)] = _annotation(key, image_id, shape)
            owned[str(image_id)].append(key)
    tables = {"cats": _cats(), "anns": texts, "imgs": pictures, "imgToAnns": owned, "info": _INFO}
    write_json(folder(root, "coco_text") / "COCO_Text.json", tables)


def _cats() -> dict[str, Any]:
    return {
        group: {str(number): {"id": number, "name": name} for number, name in enumerate(names, 1)}
        for group, names in _CATS.items()
    }


def _image(image_id: int, scene: Scene, part: str) -> dict[str, Any]:
    return {
        "id": image_id,
        "file_name": mscoco.file_name("train", image_id),
        "width": scene.width,
        "height": scene.height,
        "set": part,
    }


def _annotation(key: int, image_id: int, shape: Shape) -> dict[str, Any]:
    """The annotation of a shape; small shapes are illegible and have no transcription."""
    left, top, width, height = shape.box
    legible = width * height >= _MIN_LEGIBLE_AREA
    corners = [left, top, left + width, top, left + width, top + height, left, top + height]
    text = {"utf8_string": _CHARACTERS[shape.kind]} if legible else {}
    return {
        "polygon": [round(corner, 2) for corner in corners],
        "language": "not english" if legible else "na",
        "area": round(width * height, 2),
        "id": key,
        **text,
        "image_id": image_id,
        "bbox": list(shape.box),
        "legibility": "legible" if legible else "illegible",
        "class": _CLASSES[KINDS[shape.kind].supercategory],
    }
