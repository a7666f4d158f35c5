"""Output of commands: data on stdout as tables or JSON lines, messages on stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import typer

from ..errors import without_controls
from .table import format_facts, format_table

__all__ = ["count", "print_facts", "print_json", "print_message", "print_table"]


def print_message(line: str = "") -> None:
    """Print a message to stderr, without control characters if that is a terminal."""
    typer.echo(without_controls(line) if sys.stderr.isatty() else line, err=True)


def count(number: int, noun: str) -> str:
    """A number of things, in words.

    Example:
        >>> count(1, "example"), count(1200, "example")
        ('1 example', '1,200 examples')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as JSON lines; a number that JSON does not have is null."""
    for row in rows:
        typer.echo(json.dumps(_plain(row), ensure_ascii=False, allow_nan=False))


def print_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    lines: bool = False,
    optional: Sequence[str] = (),
) -> None:
    """Print rows under headers, as wide as the terminal or `COLUMNS` allows; a pipe gets each line whole.

    Args:
        lines: Whether to separate rows by blank lines, for cells of several lines.
        optional: The headers of columns to leave out where there is no room, first to last.
    """
    if sys.stdout.isatty():
        rows = [list(map(_harmless, row)) for row in rows]
    table = format_table(headers, rows, width=_width(), lines=lines, optional=optional)
    if table.header:
        typer.secho(table.header, bold=True)
    if table.body:
        typer.echo(table.body)
    if table.omitted:
        print_message(f"Left out for lack of room: {', '.join(table.omitted)}.")


def print_facts(title: str, facts: Mapping[str, str], *, left: int = 0, whole: Container[str] = ()) -> None:
    """Print facts below a title, as wide as the terminal or `COLUMNS` allows; see `format_facts`."""
    typer.echo(format_facts(title, facts, left=left, width=_width(), whole=whole))


def _harmless(cell: object) -> object:
    return cell if isinstance(cell, int | float) else without_controls(str(cell))


def _width() -> int | None:
    """The number of characters in a line; None for a pipe, where there is no limit."""
    if os.environ.get("COLUMNS", "").isdecimal() or sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
