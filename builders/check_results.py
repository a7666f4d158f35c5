"""What a check of raw files found, source by source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["CheckedExample", "CheckedPictures", "CheckedRecords", "CheckedSource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExample:
    """One example of a task.

    Attributes:
        row: The example as a row of the data set, without its pictures.
    """

    benchmark: str
    task: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPictures:
    """The pictures, or videos, of a split.

    Attributes:
        named: The number of different pictures that the records name.
        checked: The number that was decoded.
        bad: The number of these that are missing or cannot be read.
        first_bad: The error of the first of these; empty if there is none.
    """

    named: int
    checked: int
    bad: int
    first_bad: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRecords:
    """One split of a source, as one reader gives it.

    Attributes:
        tasks: The tasks that the reader serves, as `benchmark/task`.
        files: The files that are read, where they are.
        records: The number of records.
        bad: The number of records that cannot be used.
        first_bad: The error of the first of these, with file and position; empty if there is none.
        published: The published number of records; None if it is not declared or only a demo is checked.
        published_by: Where that number is from.
        problems: What is wrong, as sentences; empty if nothing is.
    """

    split: str
    files: tuple[str, ...]
    tasks: tuple[str, ...] = ()
    records: int = 0
    bad: int = 0
    first_bad: str = ""
    pictures: CheckedPictures = CheckedPictures(named=0, checked=0, bad=0, first_bad="")
    published: int | None = None
    published_by: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSource:
    """One source.

    Attributes:
        splits: Every split of which there are files, once per reader.
        examples: One example of each task for which the files serve.
        problems: What is wrong, as sentences; empty if nothing is.
    """

    name: str
    title: str
    licence: str
    splits: tuple[CheckedRecords, ...]
    examples: tuple[CheckedExample, ...]
    problems: tuple[str, ...] = field(default=())
