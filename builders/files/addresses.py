"""What is at a path or URL of any file system that fsspec knows."""

from __future__ import annotations

import os
import posixpath
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from instraug_datasets.errors import DependencyError, SettingError, SourceError

if TYPE_CHECKING:
    import fsspec

__all__ = [
    "etag_of",
    "file_system",
    "is_file",
    "is_folder",
    "is_known_file",
    "is_known_folder",
    "names_in",
    "open_file",
]


def is_folder(file: str) -> bool:
    """Whether there is a folder now."""
    system, inside = file_system(file)
    return bool(system.isdir(inside))


def is_known_folder(file: str) -> bool:
    """Whether there was a folder when this process first asked."""
    return _was_folder(os.getpid(), file)


# Cached per process: a forked child must not share its parent's event loop.
@lru_cache(maxsize=1024)
def _was_folder(process: int, file: str) -> bool:
    return is_folder(file)


def names_in(file: str) -> list[str]:
    """The names of what a folder contains; none if it is no folder."""
    system, inside = file_system(file)
    try:
        return [posixpath.basename(name.rstrip("/")) for name in system.ls(inside, detail=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_file(file: str) -> bool:
    """Whether there is a file."""
    if "://" not in file:
        return os.path.isfile(file)  # noqa: PTH113 - called for every image, and four times as fast as Path
    system, inside = file_system(file)
    return bool(system.isfile(inside))


def is_known_file(file: str) -> bool:
    """Like `is_file`, but asks only once for a remote file that exists."""
    try:
        return is_file(file) if "://" not in file else _check_file(os.getpid(), file)
    except FileNotFoundError:
        return False


@lru_cache(maxsize=1024)
def _check_file(process: int, file: str) -> bool:
    if not is_file(file):
        raise FileNotFoundError(file)
    return True


def open_file(file: str) -> IO[bytes]:
    """Open a file for reading in binary mode.

    Raises:
        SourceError: Raised if it is a folder, or may not be read.
        DependencyError, SettingError: Raised as by `file_system`.
    """
    try:
        if "://" not in file:
            return Path(file).open("rb")
        system, inside = file_system(file)
        stream: IO[bytes] = system.open(inside, "rb")
        return stream
    except (IsADirectoryError, PermissionError) as error:
        raise SourceError(f"the file cannot be read: {error.strerror or error}", file=file) from error


def file_system(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of a path or URL, and the path in it.

    Raises:
        DependencyError: Raised if the URL needs a library that is not installed.
        SettingError: Raised if the URL is malformed.
    """
    from fsspec.core import url_to_fs  # it takes longer to import than all else that a list of sources needs

    try:
        system, inside = url_to_fs(url)
    except ImportError as error:
        raise DependencyError(f"{url} cannot be read: {error}.") from error
    except ValueError as error:
        raise SettingError(f"{url} cannot be read: {error}.") from error
    return system, inside


def etag_of(info: dict[str, Any], system: fsspec.AbstractFileSystem, inside: str) -> str:
    """A string that changes when the file of which `info` tells changes."""
    if "mtime" in info:
        return f"{info.get('size')}-{info['mtime']}"
    return str(system.ukey(inside))
