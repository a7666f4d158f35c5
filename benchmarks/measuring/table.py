"""Lines of the table, and how numbers are written in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Line", "per_second", "percent", "table_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table.

    Attributes:
        part: The group of lines it belongs to.
        what: What was measured.
        rows: How many examples a run had.
        figure: The absolute measure, with its unit.
        ratio: The same beside something else.
        key: The name under which a target asks for `number`; empty where none does.
        number: What the target is about, in the target's unit.
    """

    part: str
    what: str
    rows: int
    figure: str
    ratio: str = ""
    key: str = ""
    number: float = 0.0


def per_second(rows: int, seconds: float) -> str:
    """A rate, to three digits."""
    rate = rows / seconds
    if rate >= 1e6:
        return f"{rate / 1e6:.2f} M rows/s"
    return f"{rate / 1e3:.3g} k rows/s" if rate >= 1e4 else f"{rate:,.0f} rows/s"


def percent(ratio: float) -> str:
    """How much more than 1, in percent."""
    return f"{100 * (ratio - 1):+.1f} %"


def table_text(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that also reads well as plain text."""
    widths = [max(len(row[i]) for row in (titles, *rows)) for i in range(len(titles))]
    rule = [":" + "-" * (width - 1) for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (titles, rule, *rows)
    )
