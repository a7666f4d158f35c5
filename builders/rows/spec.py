"""The row: one source of one task, with its reader and adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..adapters import Adapter
from ..files.root import DataRoot
from ..files.tables import Table
from ..sources import Files, Source

__all__ = ["Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One source of one task; a task with several sources has one row per source.

    Attributes:
        read: Opens the records of a split, which are read lazily.
        adapt: Turns a record into an example of the task.
        splits: The splits of the source that the task uses; all if empty.
    """

    benchmark: str
    task: str
    source: Source
    read: Callable[[DataRoot, Files], Table[Any]]
    adapt: Adapter
    splits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "splits", self.splits or tuple(self.source.splits))
