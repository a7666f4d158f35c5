"""Visual Genome region descriptions: images with lists of boxes, each with a phrase."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .files import write_array
from .random_draws import integers

__all__ = ["write_regions"]

_WIDTH, _HEIGHT = 800, 600
_FIRST_REGION = 1382
_CHUNK = 1000
_SUBJECTS = ("the man", "a woman", "green trees", "a white sign", "two bicycles", "the building", "a shoe", "clouds")
_DETAILS = ("on the sidewalk", "with a red shirt", "near the window", "in the sky", "behind a parked car", "is walking")


def write_regions(root: Path, *, pictures: int, regions: int) -> Path:
    """Write `region_descriptions.json` for the images of a data dir, and return the path of the file."""
    path = root / "visual_genome/region_descriptions.json"
    with path.open("wb") as stream:
        write_array(stream, _groups(pictures, regions // pictures))
    return path


def _groups(pictures: int, per_picture: int) -> Iterator[dict[str, Any]]:
    for first in range(0, pictures, _CHUNK):
        images = np.arange(first, min(first + _CHUNK, pictures)) + 1
        generated = _regions(images, per_picture, first * per_picture)
        for image_id in images.tolist():
            yield {"id": image_id, "regions": [next(generated) for _ in range(per_picture)]}


def _regions(images: Any, per_picture: int, start: int) -> Iterator[dict[str, Any]]:
    """The regions of some images, concatenated; their boxes lie inside the image."""
    total = len(images) * per_picture
    widths, heights = (
        8 + integers(f"{side} {start}", limit // 2, total) for side, limit in (("width", _WIDTH), ("height", _HEIGHT))
    )
    lefts, tops = (
        integers(f"{side} {start}", limit // 2, total) for side, limit in (("left", _WIDTH - 16), ("top", _HEIGHT - 16))
    )
    subjects = integers(f"subject {start}", len(_SUBJECTS), total)
    details = integers(f"detail {start}", len(_DETAILS), total)
    columns = (np.repeat(images, per_picture), widths, heights, lefts, tops, subjects, details)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, (image_id, width, height, left, top, subject, detail) in enumerate(rows, _FIRST_REGION + start):
        yield {
            "region_id": number,
            "width": width,
            "height": height,
            "image_id": image_id,
            "phrase": f"{_SUBJECTS[subject]} {_DETAILS[detail]}",
            "y": top,
            "x": left,
        }
