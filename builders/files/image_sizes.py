"""How large pictures are: by a table that comes with them, or else by their own headers.

All sizes are of the stored pixels, which boxes count; `orientation` makes pictures decode to them.
"""

from __future__ import annotations

import io

import msgspec
from PIL import Image, UnidentifiedImageError

from instraug_datasets.errors import PictureError

from .images import find_picture
from .json_tables import Array, Number, read_document
from .root import DataRoot

__all__ = ["Sizes", "read_size"]


class Sizes:
    """The sizes of the pictures of some folders.

    Args:
        folders: Where the pictures are.
        file: A JSON array of records with `image_id`, `width` and `height`, in pixels; it may be missing.
    """

    def __init__(self, root: DataRoot, folders: tuple[str, ...], *, file: str) -> None:
        self._root, self._folders = root, folders
        self._listed = _listed(root, file) if root.find(file) else {}

    def of(self, image_id: int, picture: str) -> tuple[int, int]:
        """Width and height in pixels.

        Raises:
            PictureError: No file lists the picture, and it is missing or damaged.
        """
        return self._listed.get(image_id) or read_size(self._root, self._folders, picture)


def read_size(root: DataRoot, folders: tuple[str, ...], name: str) -> tuple[int, int]:
    """Width and height of a picture in stored pixels, from its header.

    Raises:
        PictureError: It is missing, empty, or no picture.
        UnsafePathError: The name leads out of the folder.
    """
    place = find_picture(root, folders, name)
    try:
        with place.open() as stream, Image.open(stream if stream.seekable() else io.BytesIO(stream.read())) as picture:
            return picture.size
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise PictureError(f"not a picture, or a damaged one: {error}", file=name) from error


class _Size(msgspec.Struct):
    image_id: Number
    width: Number
    height: Number


def _listed(root: DataRoot, file: str) -> dict[int, tuple[int, int]]:
    raws = read_document(root, file, kind=list[msgspec.Raw])
    columns = Array(file, raws, kind=_Size, label="picture").columns(_Size)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {image_id: (width, height) for image_id, width, height in rows if min(width, height) > 0}
