"""Pictures of a source by name, for examples that were published without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from instraug_datasets.errors import UnknownNameError

from .files.images import find_picture
from .files.root import DataRoot
from .files.videos import load_frames
from .sources import SOURCES, Source

__all__ = ["find_pictures"]


def find_pictures(
    source: str,
    names: Sequence[str],
    *,
    data_dir: str,
    video: str | None = None,
    span: Sequence[float] | None = None,
) -> list[Mapping[str, Any]]:
    """The pictures of an example, as `datasets.Image` takes them: addresses of files, or frames of a video as bytes.

    Args:
        names: The file names of the pictures, or of the frames.
        video: The video that they are frames of.
        span: The clip of the video that matters, in seconds.

    Raises:
        UnknownNameError: There is no such source.
        PictureError: The data dir does not have one of them.
    """
    root, folders = _places(source, data_dir)
    if video is not None:
        clip = None if span is None else (span[0], span[1])
        return list(load_frames(root, folders, video, count=len(names), span=clip))
    places = [find_picture(root, folders, name) for name in names]
    return [
        {
            "bytes": None,
            "path": place.file if place.member is None else f"zip://{place.member}::{place.file}",
        }
        for place in places
    ]


@lru_cache(maxsize=64)
def _places(name: str, data_dir: str) -> tuple[DataRoot, tuple[str, ...]]:
    """The data dir as the source sees it, and every folder that may hold its pictures."""
    if name not in SOURCES:
        raise UnknownNameError("source", name, SOURCES)
    source: Source = SOURCES[name]
    folders = dict.fromkeys(folder for files in source.splits.values() for folder in files.pictures)
    return DataRoot(data_dir, source.archives), tuple(folders)
