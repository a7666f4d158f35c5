"""Reads Parquet files and writes output files, local ones and those at an fsspec URL; no write leaves half a file."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from .errors import DependencyError, OutputError, SettingError
from .partial_files import partial_path, remove_abandoned

__all__ = ["local_path", "near_files", "output_file", "read_parquet", "replace_file", "write_whole"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""Two letters at least, because `C:/` is a drive. `pathlib` merges the two slashes of a URL."""


def read_parquet(address: str | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file from a path or an fsspec URL.

    Args:
        columns: The columns to read; None for all.

    Example:
        >>> read_parquet("s3://bucket/pool.parquet", ["task", "text"])
    """
    system, inside = fsspec.core.url_to_fs(str(address))
    if isinstance(system, LocalFileSystem):
        with pq.ParquetFile(inside) as parquet:
            return parquet.read(columns)
    # A background thread of pyarrow that still holds a Python file aborts the interpreter when it exits.
    with system.open(inside, "rb") as file, pq.ParquetFile(file, pre_buffer=False) as parquet:
        return parquet.read(columns, use_threads=False)


def write_whole(address: str | Path, content: bytes | pa.Buffer) -> None:
    """Write a file at a path or an fsspec URL; a file that is already there is replaced whole or not at all.

    Raises:
        DependencyError: Raised if the URL needs a library that is not installed.
        OutputError: Raised if the file cannot be written.

    Example:
        >>> write_whole("s3://bucket/pool.jsonl", b"{}")
    """
    try:
        system, inside = fsspec.core.url_to_fs(str(address))
        if isinstance(system, LocalFileSystem):
            replace_file(Path(inside), lambda partial: partial.write_bytes(content))
        else:
            system.pipe_file(inside, bytes(content))
    except ImportError as error:
        raise DependencyError(f"Cannot write {address}: {error}.") from error
    except OutputError:
        raise
    except Exception as error:
        # Storage back ends may raise anything.
        raise OutputError(f"Cannot write {address}: {error}") from error


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name and rename it to `path`, whose folder is created if missing.

    A symbolic link is kept and the file that it leads to is replaced; a pipe or device is written to.

    Args:
        write: Writes the file at the path that it is given.

    Raises:
        OutputError: Raised if the file cannot be written; an existing one is then unchanged.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            write(path)
            return
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_and_rename(target, write)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error}") from error


def _write_and_rename(target: Path, write: Callable[[Path], object]) -> None:
    remove_abandoned(target)
    partial = partial_path(target)
    try:
        write(partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def local_path(path: str | Path, what: str) -> Path:
    """The path, if it is not a URL, which `pathlib` would take for a folder named `s3:`.

    Args:
        what: What is written there, for the message.

    Raises:
        SettingError: Raised if it is a URL.

    Example:
        >>> local_path("s3://bucket/out", "The build's output")
        SettingError: The build's output must be a local path, but got the URL 's3://bucket/out'. ...
    """
    if _URL.match(str(path)):
        raise SettingError(
            f"{what} must be a local path, but got the URL {_as_url(path)!r}. Write it to a local folder first, "
            "then copy it there (fsspec, `aws s3 cp`) or publish it with `instraug publish`."
        )
    return Path(path)


def output_file(path: str | Path, what: str) -> Path:
    """The path, if a file can be written there; to be asked before the work that the file is for.

    Args:
        what: What is written there, for the message.

    Raises:
        SettingError: Raised if it is a URL.
        OutputError: Raised if it is a folder, or lies below a file.

    Example:
        >>> output_file("reports", "--output")
        OutputError: --output must be a file, but 'reports' is a folder. Name a file, such as one in it.
    """
    path = local_path(path, what)
    if path.is_dir():
        raise OutputError(f"{what} must be a file, but {str(path)!r} is a folder. Name a file, such as one in it.")
    above = next((parent for parent in path.parents if parent.exists()), path.parent)
    if above.exists() and not above.is_dir():
        raise OutputError(f"{what} cannot be {str(path)!r}: {str(above)!r} is a file, not a folder.")
    return path


def near_files(path: str | Path) -> str:
    """A sentence that names the files beside a missing one whose names are like its name; empty if there are none.

    Example:
        >>> near_files("pol.parquet")
        " Did you mean 'pool.parquet'?"
    """
    path = Path(path)
    try:
        beside = [each.name for each in path.parent.iterdir()]
    except OSError:
        return ""
    near = [repr(str(path.with_name(each))) for each in difflib.get_close_matches(path.name, beside)]
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _as_url(path: str | Path) -> str:
    """The URL that a path was made of."""
    return re.sub(r":/+", "://", str(path), count=1)
