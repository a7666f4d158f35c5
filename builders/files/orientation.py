"""Pictures with an EXIF orientation, so that they decode to the pixels in which their boxes are.

`datasets.Image` turns a picture by its orientation when it decodes it, while annotations count the pixels that are
stored. So that every style of boxes is true of what a model sees, a picture with boxes loses its orientation, without
being encoded again; only where the annotations list the size of the turned picture does it keep it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from .decoding import open_picture

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["as_annotated"]

JPEG = b"\xff\xd8"
APP1, START_OF_SCAN = 0xE1, 0xDA
ORIENTATION = 0x0112  # the number of the EXIF tag
TURNED, ON_ITS_SIDE = range(2, 9), range(5, 9)
LOSSLESS_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16")


def as_annotated(picture: bytes | Path, size: tuple[int, int], name: str) -> bytes | None:
    """The picture without its orientation, if it has one that its annotations do not follow; None if it can stay.

    Args:
        picture: Its content, or the file with it.
        size: The width and height that the annotations give.
        name: What errors call it.

    Raises:
        PictureError: Raised if it is damaged, or no picture.
    """
    with open_picture(picture, name) as opened:
        orientation = opened.getexif().get(ORIENTATION, 1)
        if orientation not in TURNED or _follows(opened.size, size, orientation):
            return None
        content = picture if isinstance(picture, bytes) else picture.read_bytes()
        return _without_metadata(content) if content.startswith(JPEG) else _as_png(opened)


def _follows(stored: tuple[int, int], size: tuple[int, int], orientation: int) -> bool:
    """Whether the annotations are of the turned picture, as far as sizes tell."""
    return orientation in ON_ITS_SIDE and stored != size == (stored[1], stored[0])


def _without_metadata(jpeg: bytes) -> bytes:
    """A JPEG file without the segments that hold EXIF and XMP; every other byte is kept."""
    kept, start = [jpeg[:2]], 2
    while jpeg[start] == 0xFF and jpeg[start + 1] != START_OF_SCAN:
        end = start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big")
        if jpeg[start + 1] != APP1:
            kept.append(jpeg[start:end])
        start = end
    return b"".join([*kept, jpeg[start:]])


def _as_png(picture: Image.Image) -> bytes:
    """The stored pixels of another kind of file, which a PNG file keeps as they are."""
    plain = picture.copy() if picture.mode in LOSSLESS_MODES else picture.convert("RGB")
    plain.info.clear()
    file = io.BytesIO()
    plain.save(file, "PNG")
    return file.getvalue()
