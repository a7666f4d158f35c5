"""The table of sources and tasks: one row per pair. To build a task from an existing source, add a row."""

from __future__ import annotations

from . import instructblip, multiinstruct
from .spec import Row

__all__ = ["ROWS", "Row", "rows_of"]

ROWS: tuple[Row, ...] = (*multiinstruct.ROWS, *instructblip.ROWS)
"""All pairs of a source and a task that can be built."""


def rows_of(benchmark: str, task: str | None = None) -> list[Row]:
    """The rows of a benchmark, or of one of its tasks.

    Example:
        [row.source.name for row in rows_of("multiinstruct", "image_caption")]  # ["mscoco_captions"]
    """
    return [row for row in ROWS if row.benchmark == benchmark and task in (None, row.task)]
