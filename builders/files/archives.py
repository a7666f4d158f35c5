"""Reads members of zip and tar archives, compressed by gzip or not, without unpacking them.

Open files and listings are cached per process: a forked child must not share its parent's file offsets or event loop.
"""

from __future__ import annotations

import io
import lzma
import os
import posixpath
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any, Protocol

from instraug_datasets.errors import InstrAugError, SourceError, UnsafePathError, shown

from .seekable_gzip import SeekableGzip

__all__ = ["SUFFIXES", "archive_names", "list_members", "open_member"]

SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")
"""The endings of archives, in the order in which they are looked for."""

_LEFTOVERS = ("?dl=0", "?dl=1")
"""What wget leaves of Dropbox's addresses at the end of a file's name."""

_ARCHIVE_ERRORS = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError),
)
"""What reading a damaged or encrypted archive raises: the libraries trust the numbers and names in it."""

MAX_LINKS = 16
"""Links that lead to links, at most; more are a loop."""

OpenFile = Callable[[str], IO[bytes]]


def archive_names(file: str, *, is_local: bool = True) -> tuple[str, ...]:
    """The names under which the same content may be packed: that of `file`, then those with the other endings.

    Args:
        is_local: Whether the names are those of files on a disk, where downloads may keep the end of their address.
    """
    own = next((suffix for suffix in SUFFIXES if file.endswith(suffix)), None)
    if own is None:
        return (file,)
    stem = file.removesuffix(own)
    names = (file, *(stem + suffix for suffix in SUFFIXES if suffix != own))
    return (*names, *(name + rest for name in names for rest in _LEFTOVERS)) if is_local else names


def list_members(file: str, open_file: OpenFile) -> Collection[str]:
    """The names of all files in an archive.

    Raises:
        FileNotFoundError: If there is no such archive.
        SourceError: If it is damaged.
    """
    return _archive(os.getpid(), file, open_file).names


def open_member(file: str, member: str, open_file: OpenFile) -> IO[bytes]:
    """Open a member of an archive for reading.

    The stream raises SourceError as well where it comes to damage.

    Raises:
        SourceError: Raised if the member is damaged or encrypted.
        UnsafePathError: Raised if it is a link that leads out of the archive.
    """
    archive = _archive(os.getpid(), file, open_file)
    with _member_errors(f"{file}::{member}"):
        return io.BufferedReader(_CheckedMember(archive.open(member), f"{file}::{member}"), 1 << 16)


@contextmanager
def _member_errors(name: str) -> Iterator[None]:
    try:
        yield
    except InstrAugError:
        raise
    except _ARCHIVE_ERRORS as error:
        raise SourceError(
            f"the archive's entry is damaged or encrypted: {error}. Download the archive again, or unpack it by hand",
            file=name,
        ) from error


class _CheckedMember(io.RawIOBase):
    """A member whose damage raises SourceError, whoever reads it."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream, self._name = stream, name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _member_errors(self._name):
            return self._stream.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        with _member_errors(self._name):
            content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def readall(self) -> bytes:
        with _member_errors(self._name):
            return self._stream.read()

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


class _Archive(Protocol):
    @property
    def names(self) -> Collection[str]: ...

    def open(self, member: str) -> IO[bytes]: ...

    def close(self) -> None: ...


# At least one per source of a benchmark, because a stream of all tasks alternates between them.
@lru_cache(maxsize=64)
def _archive(process: int, file: str, open_file: OpenFile) -> _Archive:
    stream = open_file(file)
    try:
        return (
            _ZipArchive(stream, zipfile.ZipFile(stream))
            if stream.read(2) == b"PK" or _is_zip_name(file)
            else _TarArchive(file, stream)
        )
    except _ARCHIVE_ERRORS as error:
        stream.close()
        kind = "zip" if _is_zip_name(file) else "tar"
        raise SourceError(f"not a {kind} file, or an incomplete one: {error}. Download it again", file=file) from error


def _is_zip_name(file: str) -> bool:
    return file.partition("?dl=")[0].endswith(".zip")


class _ZipArchive:
    def __init__(self, stream: IO[bytes], archive: zipfile.ZipFile) -> None:
        self._stream, self._zip = stream, archive
        self.names: Collection[str] = frozenset(self._zip.namelist())

    def open(self, member: str) -> IO[bytes]:
        return self._zip.open(member)

    def close(self) -> None:
        self._zip.close()
        self._stream.close()

    def __del__(self) -> None:
        self.close()


class _TarArchive:
    """A tar file whose members are found by an index of their positions."""

    def __init__(self, file: str, stream: IO[bytes]) -> None:
        stream.seek(0)
        is_gzip = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        self._file, self._stream = file, io.BufferedReader(SeekableGzip(stream), 1 << 16) if is_gzip else stream
        self._index = _index(self._stream)

    @property
    def names(self) -> Collection[str]:
        return self._index.keys()

    def open(self, member: str) -> IO[bytes]:
        name, entry = member, self._index[member]
        for _ in range(MAX_LINKS):
            if isinstance(entry, _Span):
                return io.BufferedReader(_Member(self._stream, entry))
            name, entry = entry, self._index.get(entry, "")
            if not entry:
                break
        raise UnsafePathError(
            f"{self._file}: {shown(member)} is a link that leads to no file in the archive: {shown(name)}."
        )

    def close(self) -> None:
        self._stream.close()

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    size: int


class _Member(io.RawIOBase):
    """Part of a stream that other members use as well."""

    def __init__(self, stream: IO[bytes], span: _Span) -> None:
        self._stream, self._span, self._position = stream, span, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._span.size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(self._span.size - self._position, 0))
        self._stream.seek(self._span.start + self._position)
        content = self._stream.read(wanted)
        if wanted and not content:
            raise EOFError("the archive ends too early")
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)


def _index(stream: IO[bytes]) -> Mapping[str, _Span | str]:
    """By name, where a file is in the archive, or the name of the member that a link leads to."""
    index: dict[str, _Span | str] = {}
    with tarfile.open(fileobj=stream, mode="r:") as tar:
        for info in tar:
            name = posixpath.normpath(info.name)
            if info.isreg() and not info.issparse():
                index[name] = _Span(info.offset_data, info.size)
            elif info.issym():
                index[name] = posixpath.normpath(posixpath.join(posixpath.dirname(name), info.linkname))
            elif info.islnk():
                index[name] = posixpath.normpath(info.linkname)
            tar.members = []  # type: ignore[attr-defined]  # it would keep them all
        _check_end(stream, tar.offset)
    return index


def _check_end(stream: IO[bytes], position: int) -> None:
    """`tarfile` takes a damaged header for the end of the archive, which would lose all later members."""
    stream.seek(position)
    if stream.read(tarfile.BLOCKSIZE).strip(tarfile.NUL):
        raise tarfile.ReadError(f"damaged at byte {position}")
