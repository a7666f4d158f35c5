"""Pictures of a source by name, for examples that were published without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from instraug_datasets.errors import UnknownNameError

from .files.images import find_image
from .files.orientation import as_annotated
from .files.root import DataRoot, Location
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
    size: Sequence[int] | None = None,
) -> list[Mapping[str, Any]]:
    """The pictures of an example, as `datasets.Image` takes them: addresses of files, or frames of a video as bytes.

    Args:
        names: The file names of the pictures, or of the frames.
        video: The video that they are frames of.
        span: The clip of the video that matters, in seconds.
        size: The width and height that the annotations give, if there are boxes: a picture that would decode to
            another orientation is given as bytes that do not, see `files.orientation`.

    Raises:
        UnknownNameError: Raised if the source is unknown.
        PictureError: Raised if a picture is missing in the data directory.
    """
    root, folders = _places(source, data_dir)
    if video is not None:
        clip = None if span is None else (span[0], span[1])
        return list(load_frames(root, folders, video, count=len(names), span=clip))
    shape = None if size is None else (size[0], size[1])
    return [_picture(find_image(root, folders, name), name, shape) for name in names]


def _picture(location: Location, name: str, size: tuple[int, int] | None) -> dict[str, Any]:
    is_file = location.local and location.member is None
    changed = size and as_annotated(Path(location.file) if is_file else location.read(), size, name)
    if changed:
        return {"bytes": changed, "path": name}
    return {
        "bytes": None,
        "path": location.file if location.member is None else f"zip://{location.member}::{location.file}",
    }


@lru_cache(maxsize=64)
def _places(name: str, data_dir: str) -> tuple[DataRoot, tuple[str, ...]]:
    """The data directory as the source sees it, and every folder that may hold its pictures."""
    if name not in SOURCES:
        raise UnknownNameError("source", name, SOURCES)
    source: Source = SOURCES[name]
    folders = dict.fromkeys(folder for split in source.splits for folder in source.picture_folders(split))
    return DataRoot(data_dir, source.archives), tuple(folders)
