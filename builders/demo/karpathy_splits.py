"""Writes the Karpathy splits of MSCOCO and Flickr30K in their original layout, and the images of Flickr30K."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from . import mscoco
from .captions import captions
from .drawing import draw, save_picture
from .files import folder, write_json
from .scenes import split_scenes
from .world import Scene

__all__ = ["write_coco", "write_flickr"]

_FIRST = 1_000_000
_PARTS = ("train", "val", "test")


def write_coco(root: Path, *, seed: int, images: int) -> None:
    """Write `caption_datasets/dataset_coco.json`, and `MSCOCO2014/` if it does not exist yet."""
    if not (root / "MSCOCO2014").exists():
        mscoco.write(root, seed=seed, images=images)
    _write(root, "coco", _coco(seed, images))


def write_flickr(root: Path, *, seed: int, images: int) -> None:
    """Write `caption_datasets/dataset_flickr30k.json` and `flickr30k/`."""
    pictures = folder(root, "flickr30k", "flickr30k-images")
    entries = []
    for part in _PARTS[1:]:
        few = max(1, images // 2)
        for number, scene in split_scenes("flickr30k", part, splits=_PARTS[1:], first=_FIRST, seed=seed, images=few):
            save_picture(draw(scene), pictures / f"{number}.jpg")
            entries.append(({"filename": f"{number}.jpg", "split": part}, fold("flickr captions", number), scene))
    _write(root, "flickr30k", iter(entries))


def _coco(seed: int, images: int) -> Iterator[tuple[dict[str, Any], int, Scene]]:
    for split in mscoco.SPLITS:
        for place, (number, scene) in enumerate(mscoco.numbered_scenes(split, seed=seed, images=images)):
            part = "train" if split == "train" else _PARTS[1 + place % 2]
            where = {"filepath": f"{split}2014", "filename": mscoco.file_name(split, number), "cocoid": number}
            # The captions equal those of the official files.
            yield {**where, "split": part}, fold("captions", number), scene


def _write(root: Path, name: str, entries: Iterator[tuple[dict[str, Any], int, Scene]]) -> None:
    ids = count()
    records = [_record(entry, imgid, captions(scene, key), ids) for imgid, (entry, key, scene) in enumerate(entries)]
    write_json(folder(root, "caption_datasets") / f"dataset_{name}.json", {"images": records, "dataset": name})


def _record(entry: dict[str, Any], imgid: int, texts: list[str], ids: Iterator[int]) -> dict[str, Any]:
    sentences = [
        {"tokens": text.lower().rstrip(".").split(), "raw": text, "imgid": imgid, "sentid": next(ids)} for text in texts
    ]
    return {
        **entry,
        "imgid": imgid,
        "sentids": [sentence["sentid"] for sentence in sentences],
        "sentences": sentences,
    }
