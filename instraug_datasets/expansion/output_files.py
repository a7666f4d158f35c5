"""Writes the files beside the pool of a run (settings, dropped candidates) atomically."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..storage import replace_file

__all__ = ["sibling_path", "write_dropped", "write_settings"]


def sibling_path(path: str | Path, suffix: str) -> Path:
    """Return the path with another suffix: `pool.parquet` -> `pool.<suffix>`."""
    return Path(path).with_suffix(f".{suffix}")


def write_settings(path: Path, document: Mapping[str, Any]) -> None:
    """Write a run's settings as YAML."""
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=120)
    replace_file(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def write_dropped(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write dropped candidates as JSON lines."""

    def write(partial: Path) -> None:
        with partial.open("w", encoding="ascii") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    replace_file(path, write)
