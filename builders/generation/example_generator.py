"""Generates the examples of one row: reads records, adapts them, attaches images, counts."""

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
from ..files.images import find_image, load_image
from ..files.json_tables import Table
from ..files.root import DataRoot
from ..files.videos import load_frames
from ..rows import Row
from ..sources import Files, locate_files
from .config import RawConfig, data_root_for
from .counts import SKIP_REASONS, JobCounts
from .jobs import Job

__all__ = ["ExampleGenerator"]

_SKIPPABLE = tuple(SKIP_REASONS)


class ExampleGenerator:
    """Generates and counts the examples of one row of one split.

    Attributes:
        table: The records of the split.
        counts: The examples generated and records skipped so far.
    """

    def __init__(self, config: RawConfig, row: Row, split: str) -> None:
        self.row, self._config = row, config
        self._root = data_root_for(config, row)
        self._files = files = locate_files(row.source, split, self._root)
        # Image folders count too: some readers list them.
        etags = tuple(map(self._root.etag, (*files.annotations, *files.optional, *files.pictures)))
        self.table = _open(row.read, self._root, self._files, etags)
        task = get_benchmark(row.benchmark)[row.task]
        self._context = Context(task, row.source.name, split, self.table, config.seed)
        self.counts = JobCounts(row.task, row.source.name, split)

    def generate(self, job: Job) -> Iterator[dict[str, Any]]:
        """Generate the examples of a job, as rows of the data set.

        Raises:
            InstrAugError: If a record or image is bad and `on_error` is `raise`.
        """
        seen: set[str] = set()
        for index in job.indices(len(self.table)):
            for example in self._examples(index):
                if example.unique_id in seen:
                    raise ExampleError(f"Two examples have the unique id {example.unique_id!r}; ids must be unique.")
                seen.add(example.unique_id)
                self.counts.examples += 1
                yield example.to_dict()

    def count_examples(self, index: int) -> int:
        """The number of examples that a record gives, without loading images; 0 for a record that will be skipped."""
        try:
            examples = _as_list(self.row.adapt(self.table[index], self._context))
            if self._config.on_error == "skip":
                for example in examples:
                    for image in example.images:
                        find_image(self._root, self._files.pictures, image["path"])
        except _SKIPPABLE:
            return 0
        return len(examples)

    def _examples(self, index: int) -> list[Example]:
        try:
            adapted = self.row.adapt(self.table[index], self._context)
            if isinstance(adapted, Skip):
                self.counts.skipped[adapted.reason] += 1
            return [self._attach_images(example) for example in _as_list(adapted)]
        except _SKIPPABLE as error:
            if self._config.on_error == "raise":
                raise
            self.counts.skipped[next(reason for kind, reason in SKIP_REASONS.items() if isinstance(error, kind))] += 1
            return []

    def _attach_images(self, example: Example) -> Example:
        size = example.meta.get("image_size")
        loaded = (self._load(image, size and (size[0], size[1])) for image in example.images)
        return replace(example, images=tuple(chain.from_iterable(loaded)))

    def _load(self, image: Mapping[str, Any], size: tuple[int, int] | None) -> list[dict[str, Any]]:
        """The image, or the frames of the video, that an example refers to."""
        folders = self._files.pictures
        if not self._files.are_videos:
            return [load_image(self._root, folders, image["path"], size=size)]
        return load_frames(self._root, folders, image["path"], count=self._config.num_frames, span=image.get("span"))


def _as_list(adapted: Example | list[Example] | Skip) -> list[Example]:
    if isinstance(adapted, Skip):
        return []
    return adapted if isinstance(adapted, list) else [adapted]


# At least one per row of a benchmark, because a stream of all tasks alternates between them.
@lru_cache(maxsize=64)
def _open(read: Any, root: DataRoot, files: Files, etags: tuple[str, ...]) -> Table[Any]:
    """The table of a split, cached because all shards of all its tasks read it, until one of its files changes."""
    table: Table[Any] = read(root, files)
    return table
