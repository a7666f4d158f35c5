"""Finds image files, checks that they are complete, and returns them in the form that `datasets.Image` encodes.

Almost all damaged images of a large download are truncated. The last bytes of a JPEG or PNG file show that, so only the
few files whose last bytes are unusual are decoded, which is a hundred times slower. Of the others the header is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instraug_datasets.errors import PictureError, SourceError

from .decoding import open_picture
from .orientation import as_annotated
from .picture_names import picture_names
from .root import DataRoot, Location

__all__ = ["check_image", "find_image", "load_image", "look_up_image"]

JPEG = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"
OTHER_SIGNATURES = (b"GIF87a", b"GIF89a", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
ENDS = ((JPEG, JPEG_END), (PNG, PNG_END))
EDGE_BYTES = 16
MAX_LISTED = 4
"""Folders that an error message names."""


def find_image(root: DataRoot, folders: tuple[str, ...], name: str) -> Location:
    """The location of an image in the first folder that contains it.

    Raises:
        PictureError: If no folder contains it.
        UnsafePathError: If the name leads out of the folder.
    """
    location = look_up_image(root, folders, name)
    if location is None:
        raise PictureError(f"there is no such image in {_listed(folders)}", file=name)
    return location


def look_up_image(root: DataRoot, folders: tuple[str, ...], name: str) -> Location | None:
    """The location of an image under any of its names in the first folder that contains it, or None.

    Raises:
        UnsafePathError: If the name leads out of the folder.
    """
    # A name may be a logical path, which includes the folder.
    named = [folder for folder in folders if folder and name.startswith(f"{folder}/")]
    for folder in named or folders:
        for own in picture_names(name.removeprefix(f"{folder}/")):
            location = root.find_in(folder, own)
            if location is not None:
                return location
    own = name.rpartition("/")[2]
    # A name of a shared picture means the same picture in every folder.
    return look_up_image(root, folders, own) if named and len(picture_names(own)) > 1 else None


def load_image(
    root: DataRoot,
    folders: tuple[str, ...],
    name: str,
    *,
    size: tuple[int, int] | None = None,
    decode: bool = False,
) -> dict[str, Any]:
    """A checked image: its path if it is a local file, its bytes if it is remote or inside an archive.

    Args:
        size: The width and height that its annotations give, if it has boxes: it decodes to that, see `orientation`.
        decode: Whether to decode the image, to find damage that its first and last bytes do not show.

    Raises:
        PictureError: If it is missing, empty, truncated or not an image.
        UnsafePathError: If the name leads out of the folder.
    """
    location = find_image(root, folders, name)
    if location.local and location.member is None:
        _check_file(Path(location.file), name, decode=decode)
        changed = size and as_annotated(Path(location.file), size, name)
        # `datasets.Image` ignores bytes beside the path of an existing file and reads the file.
        return {"path": name, "bytes": changed} if changed else {"path": location.file, "bytes": None}
    content = _read(location, name)
    check_image(content[:EDGE_BYTES], content[-EDGE_BYTES:], name, whole=content, decode=decode)
    return {"path": name, "bytes": (size and as_annotated(content, size, name)) or content}


def check_image(start: bytes, end: bytes, name: str, *, whole: bytes | Path, decode: bool = False) -> None:
    """Check that a file is a complete image from its first and last bytes; `whole` is decoded if in doubt or asked to.

    Raises:
        PictureError: If it is not a complete image.
    """
    if not start:
        raise PictureError("the image is an empty file", file=name)
    known = [mark for signature, mark in ENDS if start.startswith(signature)]
    if not known and not start.startswith(OTHER_SIGNATURES):
        raise PictureError(f"not an image: it starts with {start[:8]!r}", file=name)
    with open_picture(whole, name) as image:
        if decode or not known or not end.endswith(known[0]):
            image.load()


def _listed(folders: tuple[str, ...]) -> str:
    shown = " or ".join(folders[:MAX_LISTED])
    return shown if len(folders) <= MAX_LISTED else f"{shown} or {len(folders) - MAX_LISTED} other folders"


def _check_file(path: Path, name: str, *, decode: bool) -> None:
    try:
        with path.open("rb") as stream:
            start = stream.read(EDGE_BYTES)
            stream.seek(max(stream.seek(0, 2) - EDGE_BYTES, 0))
            end = stream.read()
    except OSError as error:
        raise PictureError(f"the image cannot be read: {error.strerror}", file=name) from error
    check_image(start, end, name, whole=path, decode=decode)


def _read(location: Location, name: str) -> bytes:
    try:
        return location.read()
    except SourceError as error:
        raise PictureError(f"the image cannot be read: {error}", file=name) from error
