"""Where raw files are: a folder, a URL, or inside the archives as their publishers ship them.

Logical paths (`MSCOCO2014/train2014/COCO_train2014_000000000009.jpg`) are the same for all three. What the files
mean is known to `sources/`.
"""

from __future__ import annotations

import os
import posixpath
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import fsspec

from instraug_datasets.errors import MissingFilesError, SourceError, UnsafePathError

__all__ = ["Archive", "DataRoot", "Location", "safe_path"]


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file that may stand in for the files it holds.

    Attributes:
        file: The zip's logical path.
        into: The logical folder that it would be unpacked into.
        holds: The start of every logical path that it can serve.
        top: The folder inside the zip that is not part of logical paths, as in the zip of a repository.
    """

    file: str
    into: str
    holds: str
    top: str = ""

    def member(self, path: str) -> str | None:
        """The name inside the zip of the file at a logical path; None when the zip does not hold that path."""
        if path != self.holds and not path.startswith(self.holds + "/"):
            return None
        return posixpath.join(self.top, path.removeprefix(self.into + "/"))


@dataclass(frozen=True, slots=True)
class Location:
    """Where a logical path was found.

    Attributes:
        file: The file itself, or the archive that holds it, as an absolute path or URL.
        member: The name inside the archive; None for a file of its own.
        local: Whether `file` is on this machine's disk.
    """

    file: str
    member: str | None
    local: bool

    def open(self) -> IO[bytes]:
        """The content as a binary file; a member of a zip is read without unpacking the rest.

        Raises:
            SourceError: A member of an archive is damaged or encrypted.
        """
        if self.member is None:
            return _open(self.file)
        try:
            return _zip(os.getpid(), self.file).open(self.member)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise SourceError(f"the zip's entry cannot be read: {error}", file=f"{self.file}::{self.member}") from error

    def read(self) -> bytes:
        """The whole content.

        Raises:
            SourceError: A member of an archive is damaged or encrypted.
        """
        try:
            with self.open() as stream:
                return stream.read()
        except (zipfile.BadZipFile, EOFError) as error:
            raise SourceError(f"the zip's entry is damaged: {error}", file=f"{self.file}::{self.member}") from error


@dataclass(frozen=True, slots=True)
class DataRoot:
    """A data dir; holds its address only, so that it can be sent to workers.

    Attributes:
        url: A local folder or any URL that fsspec knows (`s3://...`, `hf://...`, `memory://...`).
        archives: Zip files that are looked into for what is not there as a file.
    """

    url: str
    archives: tuple[Archive, ...] = ()

    @property
    def address(self) -> str:
        """The URL, or the absolute path of a local folder."""
        return str(self.local_folder() or self.url)

    def check(self) -> None:
        """Make sure that a local data dir is a folder.

        Raises:
            MissingFilesError: It is not.
        """
        folder = self.local_folder()
        if folder is not None and not folder.is_dir():
            raise MissingFilesError(f"The data dir {self.url!r} is not a folder. Give the one with the raw files.")

    def find(self, path: str) -> Location | None:
        """Where the file at a logical path is, or None.

        A file wins over an archive. Links are followed: a declared path is the user's own arrangement.
        """
        direct = self._direct(path)
        folder_exists = direct.local or _is_folder(os.getpid(), posixpath.dirname(direct.file))
        if folder_exists and _is_file(direct.file):
            return direct
        return self._in_archive(path) or (direct if not folder_exists and _is_file(direct.file) else None)

    def find_in(self, folder: str, name: str) -> Location | None:
        """Where the file that the data call `name` is below a declared folder, or None.

        Raises:
            UnsafePathError: The name leads out of the folder, by itself or through a link.
        """
        location = self.find(posixpath.join(folder, safe_path(name)))
        if location is not None and location.local and location.member is None:
            _check_inside(self._direct(folder).file, location.file, name)
        return location

    def has_folder(self, folder: str) -> bool:
        """Whether a logical folder is there, as such or in an archive."""
        return _is_folder.__wrapped__(os.getpid(), self._direct(folder).file) or any(
            _is_file(self._direct(archive.file).file) for archive in self.archives if archive.member(folder + "/x")
        )

    def list_folder(self, folder: str) -> list[str]:
        """The names of all files and folders directly in a logical folder, archives included, in order."""
        names = set(_names(self._direct(folder).file))
        for archive in self.archives:
            inside = archive.member(folder + "/")
            zipped = self._direct(archive.file).file
            if inside is not None and _is_file(zipped):
                below = (name.removeprefix(inside) for name in _members(os.getpid(), zipped) if name.startswith(inside))
                names |= {name.split("/")[0] for name in below}
        return sorted(names - {""})

    def etag(self, path: str) -> str:
        """A text that changes when the file, folder or archive at a logical path is replaced; empty if it is absent."""
        holders = [archive.file for archive in self.archives if archive.member(path) or archive.member(path + "/x")]
        for address in (path, *holders):
            file = self._direct(address).file
            system, inside = fsspec.core.url_to_fs(file)
            try:
                return str(_etag(system.info(inside), system, inside))
            except FileNotFoundError:
                continue
        return ""

    def _direct(self, path: str) -> Location:
        folder = self.local_folder()
        if folder is None:
            return Location(f"{self.url.rstrip('/')}/{path}", None, local=False)
        return Location(str(folder / path), None, local=True)

    def _in_archive(self, path: str) -> Location | None:
        for archive in self.archives:
            member = archive.member(path)
            zipped = self._direct(archive.file)
            if member is not None and _is_member(zipped.file, member):
                return Location(zipped.file, member, zipped.local)
        return None

    def local_folder(self) -> Path | None:
        """The absolute path of a data dir on this machine's disk; None for any other."""
        if "://" in self.url and not self.url.startswith(("file://", "local://")):
            return None
        return Path(self.url.removeprefix("file://").removeprefix("local://")).expanduser().absolute()


def safe_path(path: str) -> str:
    """`path`, if it names something below the folder that it is relative to, in plain `/` notation.

    Raises:
        UnsafePathError: It is absolute, climbs with `..`, or has a backslash, drive, protocol or NUL in it.
    """
    parts = path.split("/")
    if not path or parts[0] == "" or ".." in parts or any(sign in path for sign in ("\\", ":", "\0")):
        raise UnsafePathError(f"The data name the file {path!r}, which is no plain path below the data dir.")
    return path


def _check_inside(folder: str, file: str, name: str) -> None:
    real = os.path.realpath(folder)
    if os.path.commonpath([real, os.path.realpath(file)]) != real:
        raise UnsafePathError(f"The file {name!r} is a link that leads out of {folder}.")


# Handles and listings are kept per process: a forked child must not share its parent's file positions or event loop.


class _OwningZipFile(zipfile.ZipFile):
    """An archive that closes its stream with itself, as when a cache drops it."""

    def close(self) -> None:
        stream = self.fp
        super().close()
        if stream is not None:
            stream.close()


# As many as all sources of a benchmark have: a stream of all tasks turns from one to the next all the time.
@lru_cache(maxsize=64)
def _zip(process: int, file: str) -> zipfile.ZipFile:
    stream = _open(file)
    try:
        return _OwningZipFile(stream)
    except zipfile.BadZipFile as error:
        stream.close()
        raise SourceError(f"not a zip file, or an incomplete one: {error}. Download it again", file=file) from error


@lru_cache(maxsize=64)
def _members(process: int, file: str) -> frozenset[str]:
    return frozenset(_zip(process, file).namelist())


def _is_member(file: str, member: str) -> bool:
    try:
        return member in _members(os.getpid(), file)
    except FileNotFoundError:
        return False


@lru_cache(maxsize=1024)
def _is_folder(process: int, file: str) -> bool:
    system, inside = fsspec.core.url_to_fs(file)
    return bool(system.isdir(inside))


def _names(file: str) -> list[str]:
    system, inside = fsspec.core.url_to_fs(file)
    try:
        return [posixpath.basename(name.rstrip("/")) for name in system.ls(inside, detail=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_file(file: str) -> bool:
    if "://" not in file:
        return os.path.isfile(file)  # noqa: PTH113 - once a picture, and four times as fast as Path
    system, inside = fsspec.core.url_to_fs(file)
    return bool(system.isfile(inside))


def _open(file: str) -> IO[bytes]:
    if "://" not in file:
        return Path(file).open("rb")
    stream: IO[bytes] = fsspec.open(file, "rb").open()
    return stream


def _etag(info: dict[str, Any], system: fsspec.AbstractFileSystem, inside: str) -> str:
    if "mtime" in info:
        return f"{info.get('size')}-{info['mtime']}"
    return str(system.ukey(inside))
