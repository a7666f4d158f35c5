"""Which source serves which task: one row a pair. Adding a task over a known source means adding its row."""

from __future__ import annotations

from . import instructblip, multiinstruct
from .spec import Row

__all__ = ["ROWS", "Row", "rows_of"]

ROWS: tuple[Row, ...] = (*multiinstruct.ROWS, *instructblip.ROWS)
"""Every pair of a source and a task that can be built."""


def rows_of(benchmark: str, task: str | None = None) -> list[Row]:
    """The rows of a benchmark, or those of one of its tasks."""
    return [row for row in ROWS if row.benchmark == benchmark and task in (None, row.task)]
