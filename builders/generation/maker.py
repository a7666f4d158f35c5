"""From the records of one row to rows of the data set: read, adapt, attach pictures, count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

from instraug_datasets.errors import ExampleError
from instraug_datasets.records import Example
from instraug_datasets.tasks import get_benchmark

from ..adapters import Context, Skip
from ..files.images import find_picture, load_picture
from ..files.json_tables import Table
from ..files.root import DataRoot
from ..files.videos import load_frames
from ..rows import Row
from ..sources import Files
from .config import RawConfig, root_for
from .counts import REASONS, Count
from .jobs import Job

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
        self._root = root_for(config, row)
        self._files = files = row.source.splits[split]
        # Pictures count too: some readers list their folders.
        stamps = tuple(map(self._root.stamp, (*files.annotations, *files.optional, *files.pictures)))
        self.table = _open(row.read, self._root, self._files, stamps)
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
        size = example.meta.get("image_size")
        shown = (self._pictures(image, size and (size[0], size[1])) for image in example.images)
        return replace(example, images=tuple(chain.from_iterable(shown)))

    def _pictures(self, image: Mapping[str, Any], size: tuple[int, int] | None) -> list[dict[str, Any]]:
        """What a name in an example stands for: a picture, or frames of a video."""
        folders = self._files.pictures
        if not self._files.are_videos:
            return [load_picture(self._root, folders, image["path"], size=size)]
        return load_frames(self._root, folders, image["path"], count=self._config.num_frames, span=image.get("span"))


def _as_list(made: Example | list[Example] | Skip) -> list[Example]:
    if isinstance(made, Skip):
        return []
    return made if isinstance(made, list) else [made]


# As many as a benchmark has: a stream of all tasks turns from one to the next all the time.
@lru_cache(maxsize=64)
def _open(read: Any, root: DataRoot, files: Files, stamps: tuple[str, ...]) -> Table[Any]:
    """The table of a split, kept open because all shards of all its tasks read it, until a file of it changes."""
    table: Table[Any] = read(root, files)
    return table
