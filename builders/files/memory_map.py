"""Maps raw files into memory; all tables of a file share one mapping."""

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
"""Open mappings by file, member, modification time and size; an entry is dropped with the last table that uses it."""


def map_file(location: Location) -> mmap.mmap | bytes:
    """The content of a file, whose pages the system reads on demand and may drop."""
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
    # Remote files and members of archives are copied to a temporary file, so that their pages can be dropped, too.
    with location.open() as source, tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(source, spool, 1 << 20)
        spool.flush()
        return _mmap(spool)


def _mmap(stream: IO[bytes]) -> mmap.mmap | bytes:
    empty = stream.seek(0, os.SEEK_END) == 0
    return b"" if empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
