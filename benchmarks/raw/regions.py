"""Visual Genome region descriptions: images with lists of boxes with short phrases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .files import write_array
from .random_draws import Ints, integers

__all__ = ["write_regions"]

_WIDTH, _HEIGHT = 800, 600
_FEWEST, _MOST = 20, 81
_CHUNK = 1000
_WORDS = (
    *("a", "the", "on", "of", "in", "and", "with", "next to", "behind", "under"),
    *("man", "woman", "table", "window", "shirt", "building", "street", "light", "sign", "bicycle", "shade", "grass"),
    *("white", "black", "brown", "green", "large", "small", "wooden", "standing", "wearing", "holding", "parked"),
)
_WORDS_PER_PHRASE = 5


def write_regions(root: Path, *, pictures: int) -> Path:
    """Write `region_descriptions.json`, about 50 regions per image, into a data dir, and return the path of the file.

    Images and their sizes are those that `write_relationships` writes.
    """
    path = root / "visual_genome/region_descriptions.json"
    with path.open("wb") as stream:
        write_array(stream, _groups(_FEWEST + integers("regions per picture", _MOST - _FEWEST, pictures)))
    return path


def _groups(counts: Ints) -> Iterator[dict[str, Any]]:
    starts = np.cumsum(counts) - counts
    for first in range(0, len(counts), _CHUNK):
        chunk = counts[first : first + _CHUNK]
        generated = _regions(int(starts[first]), int(chunk.sum()))
        for image_id, count in enumerate(chunk.tolist(), first + 1):
            yield {"regions": [{**next(generated), "image_id": image_id} for _ in range(count)], "id": image_id}


def _regions(start: int, count: int) -> Iterator[dict[str, Any]]:
    words = integers(f"words {start}", len(_WORDS), count * _WORDS_PER_PHRASE).reshape(count, -1)
    columns = (
        integers(f"width {start}", _WIDTH // 2, count) + 8,
        integers(f"height {start}", _HEIGHT // 2, count) + 8,
        integers(f"left {start}", _WIDTH // 2 - 8, count),
        integers(f"top {start}", _HEIGHT // 2 - 8, count),
    )
    rows = zip(words.tolist(), *(column.tolist() for column in columns), strict=True)
    for number, (places, width, height, left, top) in enumerate(rows, start + 1):
        yield {
            "region_id": number,
            "width": width,
            "height": height,
            "phrase": " ".join(_WORDS[place] for place in places),
            "y": top,
            "x": left,
        }
