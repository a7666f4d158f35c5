"""What a config has to do without, for lack of raw files: said in a line a source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ..rows import Row

__all__ = ["Lacking", "describe_gaps"]

Lacking: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""By the source's name and the split, the files and folders that are not there; none for a split that can be built."""


def describe_gaps(rows: Sequence[Row], lacking: Lacking, splits: Iterable[str]) -> list[str]:
    """Which tasks lack which files in `splits`; tasks of one source with the same gap share a line."""
    gaps: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for split in splits:
        for source, tasks in _absent(rows, lacking, split).items():
            gaps[source, tuple(tasks)].append(split)
    return [_line(source, tasks, gap, lacking) for (source, tasks), gap in gaps.items()]


def _absent(rows: Sequence[Row], lacking: Lacking, split: str) -> dict[str, list[str]]:
    """The tasks that each source would serve if it were there."""
    own = [row for row in rows if split in row.splits]
    there = [row for row in own if not lacking[row.source.name, split]]
    served, covered = {row.task for row in there}, {row.task for row in there if row.source.extra}
    absent: dict[str, list[str]] = defaultdict(list)
    for row in own:
        # An extra source brings the task as it was published, whatever it was made from.
        if lacking[row.source.name, split] and row.task not in covered:
            absent[row.source.name].append(f"{row.task} (in part)" if row.task in served else row.task)
    return absent


def _line(source: str, tasks: Sequence[str], splits: Sequence[str], lacking: Lacking) -> str:
    files = dict.fromkeys(path for split in splits for path in lacking[source, split])
    return f"{source}, {' and '.join(splits)}: {', '.join(tasks)}; missing: {', '.join(files)}"
