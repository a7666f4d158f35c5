"""Reads the sizes of images: from a table that comes with them, or else from their headers.

All sizes are those of the stored pixels, in which boxes are given; `orientation` makes images decode to them.
"""

from __future__ import annotations

import io
from pathlib import Path

import msgspec

from instraug_datasets.errors import PictureError, SourceError

from .decoding import open_picture
from .images import find_image
from .json_tables import JsonArray, NonNegativeInt, read_json
from .root import DataRoot

__all__ = ["ImageSizes", "read_image_size"]


class ImageSizes:
    """Looks up the sizes of the images of some folders.

    Args:
        folders: The image folders.
        file: A JSON array of records with `image_id`, `width` and `height`, in pixels; it may be missing.
    """

    def __init__(self, root: DataRoot, folders: tuple[str, ...], *, file: str) -> None:
        self._root, self._folders = root, folders
        self._listed_sizes = _listed_sizes(root, file) if root.find(file) else {}

    def of(self, image_id: int, name: str) -> tuple[int, int]:
        """Width and height in pixels.

        Raises:
            PictureError: If the size is not listed and the image is missing or damaged.
        """
        return self._listed_sizes.get(image_id) or read_image_size(self._root, self._folders, name)


def read_image_size(root: DataRoot, folders: tuple[str, ...], name: str) -> tuple[int, int]:
    """Width and height of an image in stored pixels, read from its header.

    Raises:
        PictureError: If it is missing, empty or not an image.
        UnsafePathError: If the name leads out of the folder.
    """
    location = find_image(root, folders, name)
    if location.local and location.member is None:
        with open_picture(Path(location.file), name) as image:
            return image.size
    try:
        with location.open() as stream:
            seekable = stream if stream.seekable() else io.BytesIO(stream.read())
            with open_picture(seekable, name) as image:
                return image.size
    except PictureError:
        raise
    except SourceError as error:
        raise PictureError(f"the image cannot be read: {error}", file=name) from error


class _Size(msgspec.Struct):
    image_id: NonNegativeInt
    width: NonNegativeInt
    height: NonNegativeInt


def _listed_sizes(root: DataRoot, file: str) -> dict[int, tuple[int, int]]:
    raws = read_json(root, file, kind=list[msgspec.Raw])
    columns = JsonArray(file, raws, kind=_Size, label="picture").columns(_Size)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {image_id: (width, height) for image_id, width, height in rows if min(width, height) > 0}
