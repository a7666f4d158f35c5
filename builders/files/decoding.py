"""Opens images with Pillow, whose decoders raise all kinds of errors on damaged files."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from instraug_datasets.errors import InstrAugError, PictureError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["open_picture"]

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
"""Others are tried in vain, some by running programs."""

_ERRORS = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError),
    *(TypeError, ValueError, struct.error, zlib.error),
)


@contextmanager
def open_picture(picture: bytes | Path | IO[bytes], name: str) -> Iterator[Image.Image]:
    """Open an image; nothing but its header is decoded yet.

    Args:
        picture: Its content, the file with it, or a stream that can seek.
        name: What errors call it.

    Raises:
        PictureError: Raised if the file may not be read, is no image, is damaged, or has more than twice
            `PIL.Image.MAX_IMAGE_PIXELS`; also for what goes wrong in the block, such as decoding.
    """
    from PIL import Image, UnidentifiedImageError  # only where there are pictures: listing sources needs none

    try:
        with Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture, formats=FORMATS) as opened:
            yield opened
    except InstrAugError:
        raise
    except UnidentifiedImageError as error:  # its message has an address in memory
        raise PictureError("not an image, or a damaged one", file=name) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, *_ERRORS) as error:
        raise PictureError(f"the image is truncated or damaged: {error}", file=name) from error
