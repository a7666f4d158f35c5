"""From the records of one row to rows of the data set: read, adapt, attach pictures, count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from instraug_datasets.errors import ExampleError
from instraug_datasets.records import Example
from instraug_datasets.tasks import get_benchmark

from .adapters import Context, Skip
from .config import RawConfig, root_for
from .pictures import find_picture, load_picture
from .report import REASONS, Count, Job
from .root import DataRoot
from .rows import Row
from .sources import Files
from .tables import Table

__all__ = ["Maker"]

BAD = tuple(REASONS)


class Maker:
    """Makes the examples of one row of one split, and counts them.

    Attributes:
        table: The records of the split.
        count: What has been made and skipped so far.
    """

    def __init__(self, config: RawConfig, row: Row, split: str) -> None:
        self.row, self._config = row, config
        self._root, self._files = root_for(config, row), row.source.splits[split]
        self.table = _open(row.read, self._root, self._files, tuple(map(self._root.stamp, self._files.annotations)))
        task = get_benchmark(row.benchmark)[row.task]
        self._context = Context(task, row.source.name, split, self.table, config.seed)
        self.count = Count(row.task, row.source.name, split)

    def rows(self, job: Job) -> Iterator[dict[str, Any]]:
        """The examples of a job as rows of the data set.

        Raises:
            InstrAugError: A record or picture is bad, and `on_error` is `raise`.
        """
        seen: set[str] = set()
        for index in job.indices(len(self.table)):
            for example in self._examples(index):
                if example.unique_id in seen:
                    raise ExampleError(f"Two examples have the unique id {example.unique_id!r}.")
                seen.add(example.unique_id)
                self.count.examples += 1
                yield example.to_dict()

    def promises(self, index: int) -> int:
        """How many examples a record gives; a bad one promises none where bad ones are skipped."""
        try:
            made = _as_list(self.row.adapt(self.table[index], self._context))
            if self._config.on_error == "skip":
                for example in made:
                    for image in example.images:
                        find_picture(self._root, self._files.pictures, image["path"])
        except BAD:
            return 0
        return len(made)

    def _examples(self, index: int) -> list[Example]:
        try:
            made = self.row.adapt(self.table[index], self._context)
            if isinstance(made, Skip):
                self.count.skipped[made.reason] += 1
            return [self._with_pictures(example) for example in _as_list(made)]
        except BAD as error:
            if self._config.on_error == "raise":
                raise
            self.count.skipped[next(reason for kind, reason in REASONS.items() if isinstance(error, kind))] += 1
            return []

    def _with_pictures(self, example: Example) -> Example:
        pictures = self._files.pictures
        return replace(
            example, images=tuple(load_picture(self._root, pictures, image["path"]) for image in example.images)
        )


def _as_list(made: Example | list[Example] | Skip) -> list[Example]:
    if isinstance(made, Skip):
        return []
    return made if isinstance(made, list) else [made]


@lru_cache(maxsize=8)
def _open(read: Any, root: DataRoot, files: Files, stamps: tuple[str, ...]) -> Table[Any]:
    """The table of a split, kept open because all shards of all its tasks read it, until a file of it changes."""
    table: Table[Any] = read(root, files)
    return table
