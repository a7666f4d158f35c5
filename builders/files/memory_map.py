"""Raw files mapped into memory: a file is mapped once, however many tables are cut from it."""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, TypeAlias
from weakref import WeakValueDictionary

from .root import Place

__all__ = ["mapped"]

_Key: TypeAlias = tuple[str, str | None, int, int]

_MAPPED: WeakValueDictionary[_Key, mmap.mmap] = WeakValueDictionary()
"""What is mapped now, by file, member, age and size; an entry goes with the last table that needs it."""


def mapped(place: Place) -> mmap.mmap | bytes:
    """The content of a file; its pages are read when they are needed, and can be dropped."""
    if not place.local:
        return _map(place)
    stat = Path(place.file).stat()
    key = place.file, place.member, stat.st_mtime_ns, stat.st_size
    content = _MAPPED.get(key)
    if content is not None:
        return content
    fresh = _map(place)
    if isinstance(fresh, mmap.mmap):
        _MAPPED[key] = fresh
    return fresh


def _map(place: Place) -> mmap.mmap | bytes:
    if place.local and place.member is None:
        with Path(place.file).open("rb") as stream:
            return _mmap(stream)
    # What comes out of an archive or from afar goes to a temporary file, whose pages can be dropped and read again.
    with place.open() as source, tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(source, spool, 1 << 20)
        spool.flush()
        return _mmap(spool)


def _mmap(stream: IO[bytes]) -> mmap.mmap | bytes:
    empty = stream.seek(0, os.SEEK_END) == 0
    return b"" if empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
