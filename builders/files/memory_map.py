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

__all__ = ["ByteReader", "map_file"]

_KEPT_BYTES = 1 << 24
"""Bytes of a file that are read before its pages are dropped from memory."""

_Key: TypeAlias = tuple[str, str | None, int, int, bool]

_OPEN_MAPS: WeakValueDictionary[_Key, mmap.mmap] = WeakValueDictionary()
"""Open mappings by file, member, modification time, size and whether they are writable.

An entry is dropped with the last table that uses it.
"""


def map_file(location: Location, *, writable: bool = False) -> mmap.mmap | bytes:
    """The content of a file, whose pages the system reads on demand and may drop.

    Args:
        writable: Whether the mapping may be changed, which never changes the file.
    """
    if not location.local:
        return _map(location, writable=writable)
    stat = Path(location.file).stat()
    key = location.file, location.member, stat.st_mtime_ns, stat.st_size, writable
    content = _OPEN_MAPS.get(key)
    if content is not None:
        return content
    fresh = _map(location, writable=writable)
    if isinstance(fresh, mmap.mmap):
        _OPEN_MAPS[key] = fresh
    return fresh


def _map(location: Location, *, writable: bool) -> mmap.mmap | bytes:
    if location.local and location.member is None:
        with location.open() as stream:
            return _mmap(stream, writable=writable)
    # Remote files and members of archives are copied to a temporary file, so that their pages can be dropped, too.
    with location.open() as source, tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(source, spool, 1 << 20)
        spool.flush()
        return _mmap(spool, writable=writable)


def _mmap(stream: IO[bytes], *, writable: bool) -> mmap.mmap | bytes:
    empty = stream.seek(0, os.SEEK_END) == 0
    access = mmap.ACCESS_COPY if writable else mmap.ACCESS_READ
    return b"" if empty else mmap.mmap(stream.fileno(), 0, access=access)


class ByteReader:
    """Copies parts of a mapped file, and drops the pages of earlier parts, so that reading it takes constant memory.

    Args:
        content: The mapping, or the bytes of a file that cannot be mapped.
    """

    def __init__(self, content: mmap.mmap | bytes) -> None:
        self._content, self._read = content, 0

    def __len__(self) -> int:
        return len(self._content)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`, fewer at the end of the file."""
        part = self._content[start:stop]
        self._read += len(part)
        if self._read > _KEPT_BYTES:
            self._read = 0
            _drop_pages(self._content)
        return part


def _drop_pages(content: mmap.mmap | bytes) -> None:
    # The pages are those of an unchanged file: reading them again costs a little time, and loses nothing.
    if isinstance(content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        content.madvise(mmap.MADV_DONTNEED)
