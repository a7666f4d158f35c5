"""Finds raw files in a local folder, at a URL, or inside the zip and tar archives that publishers ship.

Logical paths (`MSCOCO2014/train2014/COCO_train2014_000000000009.jpg`) are the same for all three. The contents of the
files are declared in `sources/`.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from instraug_datasets.errors import MissingFilesError, UnsafePathError, shown

from .addresses import etag_of, file_system, is_file, is_folder, is_known_file, is_known_folder, names_in, open_file
from .archives import archive_names, list_members, open_member

__all__ = ["Archive", "DataRoot", "Location", "safe_path"]


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip or tar archive that may replace the files it contains.

    Attributes:
        file: The logical path of the archive; `x.zip` may also be there as `x.tar.gz`, `x.tgz` or
            `x.tar`, and each with the `?dl=0` of its address.
        into: The logical folder into which it would be extracted.
        holds: The prefix of all logical paths that it contains: a folder or a file.
        top: The top-level folder of the archive that logical paths leave out, as in the zip of a repository.
    """

    file: str
    into: str
    holds: str
    top: str = ""

    def member(self, path: str) -> str | None:
        """The name in the archive of the file at a logical path; None if the archive does not contain the path."""
        if path != self.holds and not path.startswith(self.holds + "/"):
            return None
        return posixpath.join(self.top, path.removeprefix(self.into + "/"))


@dataclass(frozen=True, slots=True)
class Location:
    """The location of a file.

    Attributes:
        file: The absolute path or URL of the file, or of the archive that contains it.
        member: The name in the archive; None if the file is not in an archive.
        local: Whether `file` is on the local disk.
    """

    file: str
    member: str | None
    local: bool

    def stamp(self) -> str:
        """A string that changes when the file, or the archive that contains it, changes."""
        if self.local:
            found = os.stat(self.file)  # noqa: PTH116 - the path is a string already
            return f"{found.st_size}-{found.st_mtime_ns}"
        system, inside = file_system(self.file)
        return str(etag_of(system.info(inside), system, inside))

    def open(self) -> IO[bytes]:
        """Open the file for reading in binary mode; a member of an archive is read without extracting the others.

        Raises:
            SourceError: Raised if it may not be read, or if a member of an archive is damaged or encrypted.
            UnsafePathError: Raised if a member of an archive is a link that leads out of it.
        """
        return open_file(self.file) if self.member is None else open_member(self.file, self.member, open_file)

    def read(self) -> bytes:
        """Read the whole file.

        Raises:
            SourceError: Raised if it may not be read, or if a member of an archive is damaged or encrypted.
        """
        with self.open() as stream:
            return stream.read()


@dataclass(frozen=True, slots=True)
class DataRoot:
    """A data dir; it keeps no open files, so that it can be sent to worker processes.

    Attributes:
        url: A local folder or any URL that fsspec supports (`s3://...`, `hf://...`, `memory://...`).
        archives: The archives in which to look for files that are not in the folder.
    """

    url: str
    archives: tuple[Archive, ...] = ()

    @property
    def address(self) -> str:
        """The URL, or the absolute path of a local folder."""
        return str(self.local_folder() or self.url)

    def check(self) -> None:
        """Check that a local data dir is a folder.

        Raises:
            MissingFilesError: If it is not.
        """
        folder = self.local_folder()
        if folder is not None and not folder.is_dir():
            raise MissingFilesError(f"The data dir {self.url!r} is not a folder. Give the folder with the raw files.")

    def find(self, path: str) -> Location | None:
        """The location of the file at a logical path, or None.

        A file takes precedence over an archive. Symbolic links are followed, because users lay out declared paths.
        """
        direct = self._direct(path)
        folder_exists = direct.local or is_known_folder(posixpath.dirname(direct.file))
        if folder_exists and is_file(direct.file):
            return direct
        return self._in_archive(path) or (direct if not folder_exists and is_file(direct.file) else None)

    def find_in(self, folder: str, name: str) -> Location | None:
        """The location of the file that the raw data refer to as `name`, in a declared folder, or None.

        Raises:
            UnsafePathError: Raised if the name leads out of the folder, or a symbolic link out of the data dir.
        """
        location = self.find(posixpath.join(folder, safe_path(name)))
        if location is not None and location.local and location.member is None:
            _check_inside((self._direct(folder).file, *self._link_targets()), location.file, name)
        return location

    def _link_targets(self) -> tuple[str, ...]:
        """The folders to which pictures may be linked: the data dir and, for a snapshot of the Hub, its blobs."""
        folder = self.address
        revisions, _ = os.path.split(folder)
        blobs = os.path.join(os.path.dirname(revisions), "blobs")  # noqa: PTH118, PTH120
        return (folder, blobs) if os.path.basename(revisions) == "snapshots" else (folder,)  # noqa: PTH119

    def has_folder(self, folder: str) -> bool:
        """Whether a logical folder exists, as such or in an archive."""
        return is_folder(self._direct(folder).file) or any(
            self._packed(archive) is not None for archive in self.archives if archive.member(folder + "/x")
        )

    def list_folder(self, folder: str) -> list[str]:
        """The sorted names of all files and folders in a logical folder, including those in archives."""
        names = set(names_in(self._direct(folder).file))
        for archive in self.archives:
            inside = archive.member(folder + "/")
            packed = self._packed(archive) if inside is not None else None
            if inside is not None and packed is not None:
                members = list_members(packed.file, open_file)
                below = (name.removeprefix(inside) for name in members if name.startswith(inside))
                names |= {name.split("/")[0] for name in below}
        return sorted(names - {""})

    def etag(self, path: str) -> str:
        """A string that changes when the file, folder or archive at a logical path changes; empty if there is none."""
        archives = (archive for archive in self.archives if archive.member(path) or archive.member(path + "/x"))
        is_local = self.local_folder() is not None
        holders = [name for archive in archives for name in archive_names(archive.file, is_local=is_local)]
        for address in (path, *holders):
            file = self._direct(address).file
            system, inside = file_system(file)
            try:
                return str(etag_of(system.info(inside), system, inside))
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
            packed = self._packed(archive, exists=is_known_file) if member is not None else None
            if packed is not None and member in list_members(packed.file, open_file):
                return Location(packed.file, member, packed.local)
        return None

    def _packed(self, archive: Archive, *, exists: Callable[[str], bool] = is_file) -> Location | None:
        """Where an archive is, under any of its names."""
        is_local = self.local_folder() is not None
        places = map(self._direct, archive_names(archive.file, is_local=is_local))
        return next((place for place in places if exists(place.file)), None)

    def local_folder(self) -> Path | None:
        """The absolute path of a data dir on this machine's disk; None for any other."""
        if "://" in self.url and not self.url.startswith(("file://", "local://")):
            return None
        return Path(self.url.removeprefix("file://").removeprefix("local://")).expanduser().absolute()


def safe_path(path: str) -> str:
    """`path`, if it is a plain relative path with `/` separators.

    Raises:
        UnsafePathError: If it is absolute or contains `..`, a backslash, a drive, a protocol or NUL.
    """
    parts = path.split("/")
    if not path or parts[0] == "" or ".." in parts or any(sign in path for sign in ("\\", ":", "\0")):
        raise UnsafePathError(
            f"The raw data refer to the file {shown(path)}, which is not a plain path below the data dir."
        )
    return path


def _check_inside(folders: Iterable[str], file: str, name: str) -> None:
    real = os.path.realpath(file)
    for folder in folders:
        inside = os.path.realpath(folder)
        if os.path.commonpath([inside, real]) == inside:
            return
    raise UnsafePathError(
        f"The file {shown(name)} is a symbolic link that leads out of the data dir, to {real}. Put the file itself "
        "there, or link the whole folder."
    )
