"""From a picture's name to what `datasets.Image` takes, refusing what is no whole picture.

Almost every damaged picture of a large download is one that was cut off. Its end tells, so that decoding it, a hundred
times as slow, is left for the few whose end does not.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from instraug_datasets.errors import PictureError

from .orientation import as_annotated
from .root import DataRoot, Place

__all__ = ["check_picture", "find_picture", "load_picture"]

JPEG = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"
OTHER_STARTS = (b"GIF87a", b"GIF89a", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
ENDS = ((JPEG, JPEG_END), (PNG, PNG_END))
ENOUGH = 16


def find_picture(root: DataRoot, folders: tuple[str, ...], name: str) -> Place:
    """Where a picture is.

    Raises:
        PictureError: No folder has it.
        UnsafePathError: The name leads out of the folder.
    """
    # A name may be a logical path, which says the folder.
    named = [folder for folder in folders if folder and name.startswith(f"{folder}/")]
    for folder in named or folders:
        place = root.find_in(folder, name.removeprefix(f"{folder}/"))
        if place is not None:
            return place
    raise PictureError(f"there is no such picture in {' or '.join(folders)}", file=name)


def load_picture(
    root: DataRoot, folders: tuple[str, ...], name: str, *, size: tuple[int, int] | None = None
) -> dict[str, Any]:
    """A checked picture: its path where it is a local file, its bytes where it comes from an archive or from afar.

    Args:
        size: The width and height that its annotations give, if it has boxes: it decodes to that, see `orientation`.

    Raises:
        PictureError: It is missing, empty, cut off, or no picture.
        UnsafePathError: The name leads out of the folder.
    """
    place = find_picture(root, folders, name)
    if place.local and place.member is None:
        _check_file(Path(place.file), name)
        changed = size and as_annotated(Path(place.file), size, name)
        # Bytes beside the path of a file would be dropped: `datasets.Image` reads the file instead.
        return {"path": name, "bytes": changed} if changed else {"path": place.file, "bytes": None}
    content = place.read()
    check_picture(content[:ENOUGH], content[-ENOUGH:], name, whole=content)
    return {"path": name, "bytes": (size and as_annotated(content, size, name)) or content}


def check_picture(start: bytes, end: bytes, name: str, *, whole: bytes | Path) -> None:
    """Make sure that a picture is one and is complete; `whole` is decoded only if its ends leave that open.

    Raises:
        PictureError: It is not.
    """
    if not start:
        raise PictureError("the picture is an empty file", file=name)
    known = [mark for signature, mark in ENDS if start.startswith(signature)]
    if not known and not start.startswith(OTHER_STARTS):
        raise PictureError(f"not a picture: it starts with {start[:8]!r}", file=name)
    if not known or not end.endswith(known[0]):
        _decode(whole, name)


def _check_file(path: Path, name: str) -> None:
    with path.open("rb") as stream:
        start = stream.read(ENOUGH)
        stream.seek(max(stream.seek(0, 2) - ENOUGH, 0))
        end = stream.read()
    check_picture(start, end, name, whole=path)


def _decode(whole: bytes | Path, name: str) -> None:
    try:
        with Image.open(io.BytesIO(whole) if isinstance(whole, bytes) else whole) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise PictureError(f"the picture is cut off or damaged: {error}", file=name) from error
