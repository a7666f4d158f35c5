"""Fetches what anyone may fetch: the files of the declared sources that have a stable address.

A file appears under its name when it is whole, and not before.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.parse import quote

from datasets.utils import tqdm

from instraug_datasets.errors import MissingFilesError, SettingError

from .files.root import DataRoot
from .generation.config import resolve_name
from .rows import rows_of
from .sources import Download, Source, missing_paths

__all__ = ["Fetched", "downloads_for", "fetch", "fetch_missing"]

_CHUNK = 1 << 20
_PATIENCE = 60  # seconds without a byte


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched.

    Attributes:
        path: Where it is below the data dir.
        size: In bytes.
    """

    url: str
    path: str
    size: int


def fetch_missing(
    benchmark: str, tasks: Iterable[str] | None = None, *, data_dir: str | Path, mirror: str | None = None
) -> list[Fetched]:
    """Fetch what tasks lack in a data dir and what can be had without asking; what is there is left alone.

    Args:
        tasks: Names or aliases; None for every task that has a source.
        data_dir: A local folder; made if it is not there.
        mirror: A site that has the files under their paths in a data dir, to be asked instead of the publishers.

    Raises:
        UnknownNameError: A task does not exist.
        SettingError: The data dir is no local folder.
        MissingFilesError: A file cannot be fetched; those before it stay.
    """
    folder = DataRoot(str(data_dir)).local_folder()
    if folder is None:
        raise SettingError(f"Files are fetched into a local data dir, but {str(data_dir)!r} is a URL.")
    names = None if tasks is None else {resolve_name(benchmark, name) for name in tasks}
    rows = [row for row in rows_of(benchmark) if names is None or row.task in names]
    pairs = dict.fromkeys((row.source, split) for row in rows for split in row.splits)
    wanted = dict.fromkeys(download for source, split in pairs for download in _lacking(source, split, folder))
    return [fetch(_mirrored(download, mirror), folder) for download in wanted]


def downloads_for(source: Source, paths: Iterable[str]) -> list[Download]:
    """The declared downloads of a source that are one of these paths, or an archive that holds one."""
    wanted = list(paths)
    archives = {archive.file for archive in source.archives for path in wanted if archive.member(path) is not None}
    return [download for download in source.automatic if download.path in {*wanted, *archives}]


def fetch(download: Download, data_dir: Path) -> Fetched:
    """Fetch one file, with a progress bar, and put it in its place once it is whole.

    Raises:
        MissingFilesError: The address does not answer, or the connection ends too early.
    """
    target = data_dir / download.path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        size = _stream(download, partial)
        partial.replace(target)
    except (OSError, HTTPException) as error:
        raise MissingFilesError(
            f"{download.url} could not be fetched: {error}. Try again, or put the file at {target} by hand."
        ) from error
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    return Fetched(download.url, download.path, size)


def _lacking(source: Source, split: str, folder: Path) -> list[Download]:
    root = DataRoot(str(folder), source.archives)
    optional = [path for path in source.splits[split].optional if root.find(path) is None]
    return downloads_for(source, [*missing_paths(source, split, root), *optional])


def _mirrored(download: Download, mirror: str | None) -> Download:
    return download if mirror is None else replace(download, url=f"{mirror.rstrip('/')}/{quote(download.path)}")


def _stream(download: Download, partial: Path) -> int:
    try:
        answer = urllib.request.urlopen(download.url, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection
        raise
    with answer, partial.open("wb") as file:
        length = answer.headers.get("Content-Length")
        total = None if length is None else int(length)
        name = Path(download.path).name
        with tqdm(total=total, desc=name, unit="B", unit_scale=True, unit_divisor=1000) as bar:
            size = _copy(answer, file, bar)
    if total is not None and size != total:
        raise OSError(f"the connection ended after {size:,} of {total:,} bytes")
    return size


def _copy(answer: IO[bytes], file: IO[bytes], bar: tqdm) -> int:
    size = 0
    while chunk := answer.read(_CHUNK):
        file.write(chunk)
        bar.update(len(chunk))
        size += len(chunk)
    return size
