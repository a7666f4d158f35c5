"""What commands print: data on stdout, as tables or as JSON lines, and talk on stderr."""

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

__all__ = ["print_json", "print_table", "say"]

_WIDTH_IN_A_PIPE = 160


def say(line: str = "") -> None:
    """Tell the user something that is not data."""
    typer.echo(line, err=True)


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line."""
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, lines: bool = False) -> None:
    """Print rows under heads; numbers stand on the right.

    Args:
        lines: Whether to rule a line between rows, for cells of several lines.
    """
    listed = [list(row) for row in rows]
    table = Table(box=SIMPLE_HEAD, show_lines=lines, pad_edge=False)
    for position, head in enumerate(heads):
        numeric = bool(listed) and all(isinstance(row[position], int | float) for row in listed)
        table.add_column(head, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        # As plain text: an instruction may hold square brackets, which are markup to the library.
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_IN_A_PIPE, highlight=False)
    console.print(table)
