"""Downloads the raw files that are public and have a stable URL.

A file appears under its final name only once it is complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from instraug_datasets.errors import MissingFilesError, SettingError, brief
from instraug_datasets.partial_files import partial_path, remove_abandoned

from .files.root import DataRoot
from .rows import rows_of
from .sources import Download, Source, missing_paths

__all__ = ["Fetched", "downloads_for", "fetch", "fetch_missing"]

_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded file.

    Attributes:
        path: The path relative to the data dir.
        size: The size in bytes.
    """

    url: str
    path: str
    size: int


def fetch_missing(
    benchmark: str, tasks: Iterable[str] | None = None, *, data_dir: str | Path, mirror: str | None = None
) -> list[Fetched]:
    """Download the public files that tasks need and the data dir lacks; existing files are left unchanged.

    Args:
        tasks: Names or aliases; None for every task that has a source.
        data_dir: A local folder; created if it does not exist.
        mirror: The URL of a site with the same paths as a data dir, used instead of the publishers' URLs.

    Raises:
        UnknownNameError: If a task is unknown.
        SettingError: If the data dir is not a local folder.
        MissingFilesError: If a file cannot be downloaded; files downloaded before it are kept.

    Example:
        >>> for file in fetch_missing("multiinstruct", ["image_caption"], data_dir="raw_datasets"):
        ...     print(file.path, file.size)
    """
    from .generation.config import resolve_config_name

    folder = DataRoot(str(data_dir)).local_folder()
    if folder is None:
        raise SettingError(
            f"Files are fetched into a local data dir, but {str(data_dir)!r} is a URL. Give a local folder."
        )
    names = None if tasks is None else {resolve_config_name(benchmark, name) for name in tasks}
    rows = [row for row in rows_of(benchmark) if names is None or row.task in names]
    pairs = dict.fromkeys((row.source, split) for row in rows for split in row.splits)
    fetched: dict[Download, Fetched] = {}
    for source, split in pairs:
        # What was fetched for one source may be all that the next one lacks.
        for download in _missing_downloads(source, split, folder):
            if download not in fetched:
                fetched[download] = fetch(_mirrored(download, mirror), folder)
    return list(fetched.values())


def downloads_for(source: Source, paths: Iterable[str]) -> list[Download]:
    """The automatic downloads of a source that provide any of these paths, as such or inside an archive."""
    wanted = list(paths)
    archives = {archive.file for archive in source.archives for path in wanted if archive.member(path) is not None}
    return [download for download in source.automatic if download.path in {*wanted, *archives}]


def fetch(download: Download, data_dir: Path, *, timeout: float = _TIMEOUT) -> Fetched:
    """Download one file with a progress bar, and move it to its final name once it is complete.

    Args:
        timeout: Seconds until the server has sent its headers; every megabyte after them may take five times as long.

    Raises:
        MissingFilesError: If the server does not respond in time, sends no file or more than the disk holds, or the
            connection ends early.
    """
    from .files.transfer import receive  # with `ssl`, which takes longer to import than the rest of this module

    target = data_dir / download.path
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(target)
    partial = partial_path(target)
    try:
        size = receive(download.url, partial, name=target.name, timeout=timeout)
        partial.replace(target)
    except OSError as error:
        raise MissingFilesError(
            f"{download.url} could not be fetched: {brief(error)}. Try again, or put the file at {target} by hand."
        ) from error
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    return Fetched(download.url, download.path, size)


def _missing_downloads(source: Source, split: str, folder: Path) -> list[Download]:
    root = DataRoot(str(folder), source.archives)
    optional = [path for path in source.splits[split].optional if root.find(path) is None]
    return downloads_for(source, [*missing_paths(source, split, root), *optional])


def _mirrored(download: Download, mirror: str | None) -> Download:
    return download if mirror is None else replace(download, url=f"{mirror.rstrip('/')}/{quote(download.path)}")
