"""Pictures of a source by name, for examples that were published without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from instraug_datasets.errors import UnknownNameError

from .files.images import find_image, load_image
from .files.root import DataRoot
from .files.videos import load_frames
from .sources import SOURCES, Source

__all__ = ["find_pictures"]


def find_pictures(source: str, names: Sequence[str], *, data_dir: str, meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pictures of an example, as `datasets.Image` takes them: the same pixels that a build would have given it.

    A picture that is as its annotations say is given as its address and read when it is decoded. One that has to be
    turned first, and frames of a video, are given as bytes.

    Args:
        names: The file names of the pictures, or of the frames.
        meta: The example's `meta`: `image_size` where it has boxes, `video` and `span` where they are frames.

    Raises:
        UnknownNameError: If there is no such source.
        PictureError: If the data dir does not have one of them, or it is damaged.
    """
    root, folders = _places(source, data_dir)
    if "video" in meta:
        span = meta.get("span")
        return load_frames(root, folders, meta["video"], count=len(names), span=span and (span[0], span[1]))
    size = meta.get("image_size")
    return [_picture(root, folders, name, size and (size[0], size[1])) for name in names]


def _picture(root: DataRoot, folders: tuple[str, ...], name: str, size: tuple[int, int] | None) -> dict[str, Any]:
    location = find_image(root, folders, name)
    if size is not None or (location.local and location.member is None):
        return load_image(root, folders, name, size=size)
    address = location.file if location.member is None else f"zip://{location.member}::{location.file}"
    return {"path": address, "bytes": None}


@lru_cache(maxsize=64)
def _places(name: str, data_dir: str) -> tuple[DataRoot, tuple[str, ...]]:
    """The data directory as the source sees it, and every folder that may hold its pictures."""
    if name not in SOURCES:
        raise UnknownNameError("source", name, SOURCES)
    source: Source = SOURCES[name]
    folders = dict.fromkeys(folder for split in source.splits for folder in source.picture_folders(split))
    return DataRoot(data_dir, source.archives), tuple(folders)
