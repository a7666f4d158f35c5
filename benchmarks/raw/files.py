"""Writes JSON arrays record by record, and image files that share their content."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
from PIL import Image

from .random_draws import uniform

__all__ = ["link_pictures", "write_array", "write_pictures", "write_value"]

_PHOTOS = 32

_MOST_LINKS = 30_000  # file systems limit hard links, ext4 to 65,000


def write_array(stream: IO[bytes], records: Iterable[Any]) -> None:
    """Write a JSON array with the spacing of `json.dumps`."""
    stream.write(b"[")
    for number, record in enumerate(records):
        stream.write(b", " if number else b"")
        write_value(stream, record)
    stream.write(b"]")


def write_value(stream: IO[bytes], value: Any) -> None:
    """Write a JSON value with the spacing of `json.dumps`."""
    stream.write(msgspec.json.format(msgspec.json.encode(value), indent=0))


def link_pictures(folder: Path, names: Iterable[str]) -> None:
    """Create an image under each name, as hard links to one small JPEG, because images are not decoded."""
    folder.mkdir(parents=True, exist_ok=True)
    content = _jpeg(Image.new("RGB", (8, 8)))
    for number, name in enumerate(names):
        if number % _MOST_LINKS == 0:
            first = folder / name
            first.write_bytes(content)
        else:
            os.link(first, folder / name)


def write_pictures(folder: Path, names: Iterable[str], *, width: int, height: int) -> None:
    """Write a JPEG of its own under each name, of about a quarter of a byte per pixel and channel, as photos have."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = [_jpeg(_photo(number, width, height)) for number in range(_PHOTOS)]
    for name, content in zip(names, cycle(contents), strict=False):
        (folder / name).write_bytes(content)


def _photo(number: int, width: int, height: int) -> Image.Image:
    """Large spots of colour under fine noise."""
    spots = uniform(f"spots {number}", 3 * 12 * 16).reshape(12, 16, 3)
    noise = uniform(f"noise {number}", height * width).reshape(height, width, 1)
    coarse = Image.fromarray((255 * spots).astype(np.uint8)).resize((width, height))
    return Image.fromarray((0.8 * np.asarray(coarse) + 50 * noise).astype(np.uint8))


def _jpeg(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=90)
    return content.getvalue()
