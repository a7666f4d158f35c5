"""Picture files: each picture once, byte for byte, named by its content."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datasets
import fsspec
from PIL import Image, UnidentifiedImageError

from ..errors import ExampleError

__all__ = ["Pictures"]

FOLDER = "images"


class Pictures:
    """The pictures seen so far, each written once.

    Args:
        folder: Where to write them; None only counts them.

    Attributes:
        count, size: How many different pictures there are, and their size in bytes.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._names: dict[bytes, str] = {}
        self.count = self.size = 0

    def add(self, picture: Mapping[str, Any] | str | bytes | Image.Image, unique_id: str) -> str:
        """Write a picture, and give the path that rows name it by.

        Args:
            picture: As `datasets.Image(decode=False)` has it: `{"bytes": ..., "path": ...}`; or the path or the bytes
                alone; or a decoded picture, as a `map` of a stream leaves it, which is encoded.

        Raises:
            ExampleError: Raised if it has no content, or no image format that Pillow knows.
        """
        content = _content(picture, unique_id)
        digest = hashlib.sha256(content).digest()[:16]
        if digest not in self._names:
            self._names[digest] = f"{FOLDER}/{digest.hex()}.{_suffix(content, unique_id)}"
            self.count, self.size = self.count + 1, self.size + len(content)
            if self._folder is not None:
                path = self._folder / self._names[digest]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return self._names[digest]


def _content(picture: Mapping[str, Any] | str | bytes | Image.Image, unique_id: str) -> bytes:
    stored = picture if isinstance(picture, Mapping) else datasets.Image().encode_example(picture)
    content, path = stored.get("bytes"), stored.get("path")
    if content is not None:
        return bytes(content)
    if not path:
        raise ExampleError(f"Example {unique_id!r}: a picture has neither bytes nor a path.")
    try:
        with fsspec.open(path, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise ExampleError(f"Example {unique_id!r}: there is no picture at {path!r}.") from error


def _suffix(content: bytes, unique_id: str) -> str:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return {"JPEG": "jpg", "TIFF": "tif"}.get(str(picture.format), str(picture.format).lower())
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ExampleError(f"Example {unique_id!r}: a picture cannot be read: {error}.") from error
