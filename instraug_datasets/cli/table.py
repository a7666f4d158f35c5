"""Lays out tables as plain text: columns as wide as their content, cells wrapped between words and never inside one."""

from __future__ import annotations

import textwrap
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len

__all__ = ["Table", "format_facts", "format_table"]

_GAP = "  "


class Table(NamedTuple):
    """A table as text.

    Attributes:
        header: The line of headers; empty if the rows are listed one below the other.
        body: The lines of all rows.
        omitted: The headers of the columns that there was no room for.
    """

    header: str
    body: str
    omitted: tuple[str, ...] = ()


def format_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    width: int | None = None,
    lines: bool = False,
    optional: Sequence[str] = (),
) -> Table:
    """Lay out rows under headers; numbers are right-aligned.

    If not even the longest word of each column has room, rows are listed one below the other, a line per cell.

    Args:
        width: The number of characters in a line; None for no limit.
        lines: Whether to separate rows by blank lines.
        optional: The headers of columns to leave out where there is no room, first to last.

    Example:
        >>> print(format_table(("task", "n"), [("ITM", 5)]).body)
        ITM   5
    """
    listed = [list(row) for row in rows]
    places, omitted = list(range(len(headers))), list[str]()
    for name in [None, *optional]:
        if name is not None:
            places.remove(headers.index(name))
            omitted.append(name)
        # By place: several columns may have no header.
        columns = [_Column(headers[place], [row[place] for row in listed]) for place in places]
        if width is None or _total(column.least for column in columns) <= width:
            widths = _fit([(column.least, column.most) for column in columns], width)
            return Table(*_laid_out(columns, widths, lines=lines), tuple(omitted))
    return Table("", _stacked(headers, listed, width or 0))


def format_facts(
    title: str, facts: Mapping[str, str], *, left: int = 0, width: int | None = None, whole: Container[str] = ()
) -> str:
    """Lay out facts below a title, a paragraph each, with their names at the left.

    Args:
        left: The least number of characters that the names take, for several listings to be aligned.
        width: The number of characters in a line; None for no limit.
        whole: The names of facts that stay on one line whatever their length, such as commands to be copied.

    Example:
        >>> print(format_facts("gqa", {"size": "22 GB"}))
        gqa
          size: 22 GB
    """
    left = max([left, *(len(name) + 1 for name in facts)])
    lines = [title]
    for name, fact in facts.items():
        wrapped = [fact] if width is None or name in whole else _wrap(fact, max(20, width - left - 2 * len(_GAP)))
        lines += [f"{_GAP}{head:<{left}} {line}" for head, line in zip_longest([f"{name}:"], wrapped, fillvalue="")]
    return "\n".join(lines)


class _Column:
    """The cells of a column as text, and the least and most characters they need."""

    def __init__(self, header: str, values: list[object]) -> None:
        self.header = header
        self.cells = [str(value) for value in values]
        self.is_number = bool(values) and all(isinstance(value, int | float) for value in values)
        texts = [header, *self.cells]
        self.least = max(cell_len(word) for text in texts for word in text.split() or [""])
        self.most = max(cell_len(line) for text in texts for line in text.splitlines() or [""])


def _total(widths: Iterable[int]) -> int:
    listed = list(widths)
    return sum(listed) + len(_GAP) * (len(listed) - 1)


def _fit(limits: list[tuple[int, int]], width: int | None) -> list[int]:
    """The widths of columns, the widest ones narrowed until all fit."""
    widths = [most for _, most in limits]
    while width is not None and _total(widths) > width:
        widest = max(
            (place for place, (least, _) in enumerate(limits) if widths[place] > least), key=widths.__getitem__
        )
        widths[widest] -= 1
    return widths


def _laid_out(columns: list[_Column], widths: list[int], *, lines: bool) -> tuple[str, str]:
    header = _row([(column, column.header) for column in columns], widths)
    body = [
        _row(list(zip(columns, cells, strict=True)), widths) for cells in zip(*(c.cells for c in columns), strict=True)
    ]
    return header, ("\n\n" if lines else "\n").join(body)


def _row(cells: list[tuple[_Column, str]], widths: list[int]) -> str:
    wrapped = [_wrap(text, width) for (_, text), width in zip(cells, widths, strict=True)]
    return "\n".join(
        _GAP.join(
            _pad(part, width, right=column.is_number)
            for (column, _), part, width in zip(cells, parts, widths, strict=True)
        ).rstrip()
        for parts in zip_longest(*wrapped, fillvalue="")
    )


def _pad(text: str, width: int, *, right: bool) -> str:
    blank = " " * (width - cell_len(text))
    return blank + text if right else text + blank


def _wrap(text: str, width: int) -> list[str]:
    """The lines of a cell, those that are too long broken between words."""
    wrapped = list[str]()
    for line in text.splitlines() or [""]:
        wrapped += [line] if cell_len(line) <= width else _wrap_words(line, width)
    return wrapped


def _wrap_words(line: str, width: int) -> list[str]:
    wrapped, current = list[str](), ""
    for word in line.split():
        joined = f"{current} {word}" if current else word
        if current and cell_len(joined) > width:
            wrapped.append(current)
            joined = word
        current = joined
    return [*wrapped, current]


def _stacked(headers: Sequence[str], rows: list[list[object]], width: int) -> str:
    """Each row as its first cell and, below it, a line per further cell that is not empty."""
    blocks = []
    for first, *others in rows:
        named = [
            f"{name}: {cell}" if name else str(cell)
            for name, cell in zip(headers[1:], others, strict=True)
            if str(cell)
        ]
        wrapped = [line for each in named for line in _wrap(each, max(20, width - len(_GAP)))]
        blocks.append("\n".join([*str(first).splitlines(), *textwrap.indent("\n".join(wrapped), _GAP).splitlines()]))
    return "\n".join(blocks)
