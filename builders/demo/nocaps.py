"""Writes nocaps in its original layout: ten captions and a domain per image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .captions import captions
from .drawing import draw, save_picture
from .files import folder, write_json
from .random_draws import choose
from .scenes import split_scenes
from .world import Scene

__all__ = ["write"]

_FIRST = 1_100_000
_DOMAINS = ("in-domain", "near-domain", "out-domain")
_HEAD = {
    "licenses": [],
    "info": {"description": "Demo world of colored shapes in the layout of nocaps", "version": "0.1", "year": 2018},
}


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `nocaps/` with the validation set."""
    pictures = folder(root, "nocaps", "images")
    few = max(1, images // 2)
    scenes = [scene for _, scene in split_scenes("nocaps", "val", splits=("val",), first=_FIRST, seed=seed, images=few)]
    names = [f"{fold(seed, 'nocaps', number):016x}" for number in range(len(scenes))]
    for name, scene in zip(names, scenes, strict=True):
        save_picture(draw(scene), pictures / f"{name}.jpg")
    entries = [_image(number, name, scene) for number, (name, scene) in enumerate(zip(names, scenes, strict=True))]
    texts = [(number, text) for number, scene in enumerate(scenes) for text in _ten_captions(scene, number)]
    captioned = [{"image_id": number, "id": i, "caption": text} for i, (number, text) in enumerate(texts)]
    write_json(
        pictures.parent / "nocaps_val_4500_captions.json", {**_HEAD, "images": entries, "annotations": captioned}
    )


def _image(number: int, name: str, scene: Scene) -> dict[str, Any]:
    return {
        "id": number,
        "open_images_id": name,
        "file_name": f"{name}.jpg",
        "coco_url": f"https://example.invalid/nocaps/val/{name}.jpg",
        "date_captured": "2018-11-06 11:04:33",
        "license": 0,
        "width": scene.width,
        "height": scene.height,
        "domain": choose(_DOMAINS, "nocaps domain", number),
    }


def _ten_captions(scene: Scene, number: int) -> list[str]:
    return [text for half in range(2) for text in captions(scene, fold("nocaps", number, half))]
