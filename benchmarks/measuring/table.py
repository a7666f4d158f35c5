"""The rows of the report, and number formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["TableRow", "per_second", "percent", "table_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of the report.

    Attributes:
        part: The group of rows that it belongs to.
        what: What was measured.
        rows: The number of examples in a run.
        figure: The absolute result with its unit.
        ratio: The result relative to something else.
        key: The name by which a target refers to `number`; empty if none does.
        number: The number for the target, in the unit of the target.
        rate: Examples per second, for the chart; zero if it does not belong there.
    """

    part: str
    what: str
    rows: int
    figure: str
    ratio: str = ""
    key: str = ""
    number: float = 0.0
    rate: float = 0.0


def per_second(rows: int, seconds: float) -> str:
    """A rate with three significant digits."""
    rate = rows / seconds
    if rate >= 1e6:
        return f"{rate / 1e6:.2f} M rows/s"
    return f"{rate / 1e3:.3g} k rows/s" if rate >= 1e4 else f"{rate:,.0f} rows/s"


def percent(ratio: float) -> str:
    """A ratio as a signed percentage of change."""
    return f"{100 * (ratio - 1):+.1f} %"


def table_text(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    widths = [max(len(row[i]) for row in (titles, *rows)) for i in range(len(titles))]
    rule = [":" + "-" * (width - 1) for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (titles, rule, *rows)
    )
