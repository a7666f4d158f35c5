"""Writes JSON arrays record by record, and image files that share their content."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import msgspec
from PIL import Image

__all__ = ["link_pictures", "write_array", "write_value"]

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
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "JPEG")
    for number, name in enumerate(names):
        if number % _MOST_LINKS == 0:
            first = folder / name
            first.write_bytes(content.getvalue())
        else:
            os.link(first, folder / name)
