"""Output of commands: data on stdout as tables or JSON lines, messages on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["print_json", "print_message", "print_table"]

_NON_TERMINAL_WIDTH = 160


def print_message(line: str = "") -> None:
    """Print a message to stderr."""
    typer.echo(line, err=True)


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as JSON lines."""
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, lines: bool = False) -> None:
    """Print rows under headers; numbers are right-aligned.

    Args:
        lines: Whether to separate rows by lines, for multi-line cells.
    """
    listed = [list(row) for row in rows]
    table = Table(box=SIMPLE_HEAD, show_lines=lines, pad_edge=False)
    for position, header in enumerate(headers):
        numeric = bool(listed) and all(isinstance(row[position], int | float) for row in listed)
        table.add_column(header, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        # Plain text: rich would interpret square brackets as markup.
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else _NON_TERMINAL_WIDTH, highlight=False)
    console.print(table)
