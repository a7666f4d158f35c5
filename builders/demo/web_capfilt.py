"""BLIP's list of web captions in its own layout, and pictures under the names that the source asks for."""

from __future__ import annotations

import hashlib
from pathlib import Path

from instraug_datasets.hashing import fold

from .captions import captions
from .drawing import draw, save_picture
from .files import folder, write_json
from .numbered import scenes_of
from .random_draws import choose

__all__ = ["write"]

_FIRST = 1_200_000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `web_capfilt/` with one caption a picture."""
    pictures = folder(root, "web_capfilt", "images")
    entries = []
    few = max(1, images // 2)
    for number, shown in scenes_of("web", "train", splits=("train",), first=_FIRST, seed=seed, images=few):
        url = f"https://example.invalid/{seed}/photos/{number}.jpg?size=large"
        save_picture(draw(shown), pictures / f"{hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()}.jpg")
        text = choose(captions(shown, fold("web captions", number)), "web caption", number)
        entries.append({"url": url, "caption": text.lower().rstrip(".")})
    write_json(pictures.parent / "ccs_synthetic_filtered_large.json", entries)
