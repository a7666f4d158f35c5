"""Downloads the raw files that are public and have a stable URL.

A file appears under its final name only once it is complete.
"""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from glob import escape
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from instraug_datasets.deadlines import Deadline
from instraug_datasets.errors import MissingFilesError, SettingError, brief

from .files.root import DataRoot
from .rows import rows_of
from .sources import Download, Source, missing_paths

__all__ = ["Fetched", "downloads_for", "fetch", "fetch_missing"]

_CHUNK_SIZE = 1 << 20
_TIMEOUT = 60.0
_CHUNK_TIMEOUTS = 5
_KEEP_FREE = 1 << 28
"""The bytes that a file of unknown size leaves free on the disk."""


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
    target = data_dir / download.path
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        size = _download(download, partial, timeout)
        partial.replace(target)
    except (OSError, HTTPException, ValueError) as error:
        raise MissingFilesError(
            f"{download.url} could not be fetched: {brief(error)}. Try again, or put the file at {target} by hand."
        ) from error
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    return Fetched(download.url, download.path, size)


def _remove_abandoned(target: Path) -> None:
    """Remove what a download of the file left behind that was killed."""
    for partial in target.parent.glob(f".{escape(target.name)}.partial-*"):
        process = partial.name.rpartition("-")[2]
        if not process.isdecimal() or not _is_running(int(process)):
            partial.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _missing_downloads(source: Source, split: str, folder: Path) -> list[Download]:
    root = DataRoot(str(folder), source.archives)
    optional = [path for path in source.splits[split].optional if root.find(path) is None]
    return downloads_for(source, [*missing_paths(source, split, root), *optional])


def _mirrored(download: Download, mirror: str | None) -> Download:
    return download if mirror is None else replace(download, url=f"{mirror.rstrip('/')}/{quote(download.path)}")


def _download(download: Download, partial: Path, timeout: float) -> int:
    with Deadline(timeout) as deadline:
        try:
            return _receive(download, partial, deadline, timeout)
        except (OSError, HTTPException, ValueError) as error:
            if deadline.expired:
                raise TimeoutError(f"the server sent too little within {timeout:g} seconds") from error
            raise


def _receive(download: Download, partial: Path, deadline: Deadline, timeout: float) -> int:
    from datasets.utils import tqdm

    try:
        response = _opener(deadline).open(download.url, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()  # it keeps the connection open
        raise
    with response, partial.open("wb") as file:
        length = response.headers.get("Content-Length")
        total = None if length is None else int(length)
        most = _room(partial.parent, total)
        name = Path(download.path).name
        with tqdm(total=total, desc=name, unit="B", unit_scale=True, unit_divisor=1000) as bar:
            size = 0
            for chunk in _chunks(response, deadline, timeout * _CHUNK_TIMEOUTS):
                size += len(chunk)
                if size > most:
                    raise OSError(f"the server sent more than {most:,} bytes, which is all that the disk has room for")
                file.write(chunk)
                bar.update(len(chunk))
    if response.status != 200 or not size:
        raise OSError(f"the server sent no file, but HTTP {response.status} with {size:,} bytes")
    if total is not None and size != total:
        raise OSError(f"the connection ended after {size:,} of {total:,} bytes")
    return size


def _chunks(response: IO[bytes], deadline: Deadline, seconds: float) -> Iterator[bytes]:
    deadline.renew(seconds)
    while chunk := response.read(_CHUNK_SIZE):
        yield chunk
        deadline.renew(seconds)
    if deadline.expired:  # without a Content-Length, this looks like the end of the file
        raise TimeoutError


def _room(folder: Path, total: int | None) -> int:
    """The largest size that a file may have.

    Raises:
        OSError: If the disk has no room for the size that the server gives.
    """
    free = shutil.disk_usage(folder).free
    if total is None:
        return free - _KEEP_FREE
    if total > free:
        raise OSError(f"the file has {total:,} bytes, but only {free:,} are free in {folder}")
    return total


def _opener(deadline: Deadline) -> urllib.request.OpenerDirector:
    """What opens `http` and `https`, directly or by a proxy, and follows redirects to nothing else."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _RedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Handler(deadline),
    ):
        opener.add_handler(handler)
    return opener


class _RedirectHandler(urllib.request.HTTPRedirectHandler):
    """Closes the connection also where the address of a redirect is malformed."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except ValueError:
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class _Handler(urllib.request.AbstractHTTPHandler):
    """Opens connections whose sockets a deadline watches."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._watched(HTTPConnection), request)

    def https_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._watched(HTTPSConnection), request)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    def _watched(self, kind: type[HTTPConnection]) -> Any:
        deadline = self._deadline

        class Watched(kind):  # type: ignore[misc, valid-type]
            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        return Watched
