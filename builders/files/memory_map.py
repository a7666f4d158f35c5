"""Raw files mapped into memory: a file is mapped once, however many tables are cut from it."""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, TypeAlias
from weakref import WeakValueDictionary

from .root import Location

__all__ = ["map_file"]

_Key: TypeAlias = tuple[str, str | None, int, int]

_OPEN_MAPS: WeakValueDictionary[_Key, mmap.mmap] = WeakValueDictionary()
"""What is mapped now, by file, member, age and size; an entry goes with the last table that needs it."""


def map_file(location: Location) -> mmap.mmap | bytes:
    """The content of a file; its pages are read when they are needed, and can be dropped."""
    if not location.local:
        return _map(location)
    stat = Path(location.file).stat()
    key = location.file, location.member, stat.st_mtime_ns, stat.st_size
    content = _OPEN_MAPS.get(key)
    if content is not None:
        return content
    fresh = _map(location)
    if isinstance(fresh, mmap.mmap):
        _OPEN_MAPS[key] = fresh
    return fresh


def _map(location: Location) -> mmap.mmap | bytes:
    if location.local and location.member is None:
        with Path(location.file).open("rb") as stream:
            return _mmap(stream)
    # What comes out of an archive or from afar goes to a temporary file, whose pages can be dropped and read again.
    with location.open() as source, tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(source, spool, 1 << 20)
        spool.flush()
        return _mmap(spool)


def _mmap(stream: IO[bytes]) -> mmap.mmap | bytes:
    empty = stream.seek(0, os.SEEK_END) == 0
    return b"" if empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
