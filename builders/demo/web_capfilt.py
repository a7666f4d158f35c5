"""Writes BLIP's web captions in their original layout, and images under the names that the source expects."""

from __future__ import annotations

import hashlib
from pathlib import Path

from instraug_datasets.hashing import fold

from .captions import captions
from .drawing import draw, save_picture
from .files import folder, write_json
from .random_draws import choose
from .scenes import split_scenes

__all__ = ["write"]

_FIRST = 1_200_000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `web_capfilt/` with one caption per image."""
    pictures = folder(root, "web_capfilt", "images")
    entries = []
    few = max(1, images // 2)
    for number, scene in split_scenes("web", "train", splits=("train",), first=_FIRST, seed=seed, images=few):
        url = f"https://example.invalid/{seed}/photos/{number}.jpg?size=large"
        save_picture(draw(scene), pictures / f"{hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()}.jpg")
        text = choose(captions(scene, fold("web captions", number)), "web caption", number)
        entries.append({"url": url, "caption": text.lower().rstrip(".")})
    write_json(pictures.parent / "ccs_synthetic_filtered_large.json", entries)
