"""Receives a file from a server that may be slow, may lie about its size, or may redirect astray."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO, Any

from instraug_datasets.deadlines import Deadline

__all__ = ["KEEP_FREE", "receive"]

_CHUNK_SIZE = 1 << 20
_CHUNK_TIMEOUTS = 5
KEEP_FREE = 1 << 28
"""The bytes that a file of unknown size leaves free on the disk."""


def receive(url: str, file: Path, *, name: str, timeout: float) -> int:
    """Receive a file with a progress bar, and return its size in bytes.

    Args:
        name: What the progress bar calls it.
        timeout: Seconds until the server has sent its headers; every megabyte after them may take five times as long.

    Raises:
        OSError: Raised if the server does not respond in time, sends no file or more than the disk holds, or the
            connection ends early.
    """
    with Deadline(timeout) as deadline:
        try:
            return _receive(url, file, name, deadline, timeout)
        except (OSError, HTTPException, ValueError) as error:
            if deadline.expired:
                raise TimeoutError(f"the server sent too little within {timeout:g} seconds") from error
            if isinstance(error, OSError):
                raise
            raise OSError(str(error)) from error


def _receive(url: str, file: Path, name: str, deadline: Deadline, timeout: float) -> int:
    from datasets.utils import tqdm

    try:
        response = _opener(deadline).open(url, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()  # it keeps the connection open
        raise
    with response, file.open("wb") as stream:
        length = response.headers.get("Content-Length")
        total = None if length is None else int(length)
        most = _room(file.parent, total)
        with tqdm(total=total, desc=name, unit="B", unit_scale=True, unit_divisor=1000) as bar:
            size = 0
            for chunk in _chunks(response, deadline, timeout * _CHUNK_TIMEOUTS):
                size += len(chunk)
                if size > most:
                    raise OSError(f"the server sent more than {most:,} bytes, which is all that the disk has room for")
                stream.write(chunk)
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
        return free - KEEP_FREE
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
