"""Describes which tasks a config leaves out because raw files are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ..rows import Row

__all__ = ["MissingPaths", "describe_missing"]

MissingPaths: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""The missing files and folders by (source, split); empty where the split can be built."""


def describe_missing(rows: Sequence[Row], missing: MissingPaths, splits: Iterable[str]) -> list[str]:
    """One line per source and set of tasks: which tasks lack which files, in which of `splits`."""
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for split in splits:
        for source, tasks in _unserved(rows, missing, split).items():
            grouped[source, tuple(tasks)].append(split)
    return [_line(source, tasks, names, missing) for (source, tasks), names in grouped.items()]


def _unserved(rows: Sequence[Row], missing: MissingPaths, split: str) -> dict[str, list[str]]:
    """By source that is not there, the tasks that it would serve."""
    declared = [row for row in rows if split in row.splits]
    available = [row for row in declared if not missing[row.source.name, split]]
    served, covered = {row.task for row in available}, {row.task for row in available if row.source.extra}
    unserved: dict[str, list[str]] = defaultdict(list)
    for row in declared:
        # An extra source has the task as it was published; the raw files behind it are then not needed.
        if missing[row.source.name, split] and row.task not in covered:
            unserved[row.source.name].append(f"{row.task} (in part)" if row.task in served else row.task)
    return unserved


def _line(source: str, tasks: Sequence[str], splits: Sequence[str], missing: MissingPaths) -> str:
    files = dict.fromkeys(path for split in splits for path in missing[source, split])
    return f"{source}, {' and '.join(splits)}: {', '.join(tasks)}; missing: {', '.join(files)}"
