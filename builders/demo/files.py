"""Writes the files of the demo world: JSON, JSON Lines, and reproducible zip archives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

__all__ = ["folder", "write_json", "write_lines", "write_text", "write_zip"]

_EARLIEST = (1980, 1, 1, 0, 0, 0)


def folder(*parts: Path | str) -> Path:
    """The folder at a path, created with its parents if it does not exist."""
    path = Path(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically."""
    write_text(path, json.dumps(value, ensure_ascii=False))


def write_lines(path: Path, records: Iterable[Mapping[str, Any]], *, compact: bool = False) -> None:
    """Write a JSON Lines file, without spaces if `compact`."""
    separators = (",", ":") if compact else None
    write_text(path, "".join(json.dumps(record, separators=separators) + "\n" for record in records))


def write_zip(path: Path, members: Mapping[str, Path]) -> None:
    """Pack files under the given names, sorted and with a fixed date; images are stored, other files deflated."""
    partial = path.with_name(f".{path.name}.partial")
    with ZipFile(partial, "w") as archive:
        for name, file in sorted(members.items()):
            _pack(archive, name, file)
    partial.replace(path)


def _pack(archive: ZipFile, name: str, file: Path) -> None:
    member = ZipInfo(name, _EARLIEST)
    member.compress_type = ZIP_STORED if file.suffix in (".jpg", ".png") else ZIP_DEFLATED
    member.create_system, member.external_attr, member.file_size = 3, 0o644 << 16, file.stat().st_size
    with file.open("rb") as source, archive.open(member, "w") as target:
        shutil.copyfileobj(source, target)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)
