"""Writes the output files of a run (pool, settings, dropped candidates) atomically."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import OutputError
from ..pool import InstructionPool

__all__ = ["save_pool", "sibling_path", "write_dropped", "write_settings"]


def sibling_path(path: str | Path, suffix: str) -> Path:
    """Return the path with another suffix: `pool.parquet` -> `pool.<suffix>`."""
    return Path(path).with_suffix(f".{suffix}")


def save_pool(pool: InstructionPool, path: str | Path) -> None:
    """Write a pool; an existing file is replaced atomically. URLs are written directly.

    Raises:
        OutputError: Raised if the file cannot be written.
    """
    if "://" in str(path):
        pool.save(path)
        return
    _replace(Path(path), pool.save)


def write_settings(path: Path, document: Mapping[str, Any]) -> None:
    """Write a run's settings as YAML."""
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=120)
    _replace(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def write_dropped(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write dropped candidates as JSON lines."""

    def write(partial: Path) -> None:
        with partial.open("w", encoding="ascii") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    _replace(path, write)


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    special = path.exists() and not path.is_file()  # write to a pipe or device, never replace it
    partial = path if special else path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        if not special:
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(path)
    except OSError as error:
        if not special:
            with contextlib.suppress(OSError):
                partial.unlink()
        raise OutputError(f"Cannot write {path}: {error}") from error
