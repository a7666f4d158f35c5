"""Generates the examples of one row: reads records, adapts them, attaches images, counts."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

from instraug_datasets.errors import ExampleError, InstrAugError
from instraug_datasets.records import Example
from instraug_datasets.tasks import get_benchmark

from ..adapters import Context, Skip
from ..files.images import find_image, load_image
from ..files.root import DataRoot
from ..files.tables import Table
from ..files.videos import load_frames
from ..rows import Row
from ..sources import Files, locate_files
from .config import RawConfig, data_root_for
from .counts import SKIP_REASONS, JobCounts
from .jobs import Job
from .skipped import OnSkip, SkippedRecord

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
        self._read = 0

    def generate(self, job: Job, *, on_skip: OnSkip | None = None) -> Iterator[dict[str, Any]]:
        """Generate the examples of a job, as rows of the data set.

        Args:
            on_skip: Called for every record that gives no example.

        Raises:
            InstrAugError: If a record or image is bad and `on_error` is `raise`.
        """
        seen: set[str] = set()
        prefix = f"{self.row.source.name}/{self.row.task}"
        for index in job.indices(self.table):
            own: set[str] = set()
            for example in self._examples(index, on_skip):
                # Keys are unique in a table, so that ids made of them are kept no longer than their record.
                ids = own if example.unique_id == f"{prefix}/{self.table.key(index)}" else seen
                if example.unique_id in ids:
                    raise ExampleError(f"Two examples have the unique id {example.unique_id!r}; ids must be unique.")
                ids.add(example.unique_id)
                self.counts.examples += 1
                yield example.to_dict()

    def count_examples(self, index: int) -> int:
        """The number of examples that a record gives, without loading images; 0 for a record that will be skipped."""
        try:
            examples = self.adapt(index)
            if self._config.on_error == "skip":
                for example in examples:
                    for image in example.images:
                        find_image(self._root, self._files.pictures, image["path"])
        except _SKIPPABLE:
            return 0
        return len(examples)

    def _examples(self, index: int, on_skip: OnSkip | None) -> list[Example]:
        self._read += 1
        try:
            adapted = self.row.adapt(self.table[index], self._context)
            if isinstance(adapted, Skip):
                self._skip(index, adapted.reason, None, on_skip)
            return [self.attach_images(example) for example in _as_list(adapted)]
        except _SKIPPABLE as error:
            if self._config.on_error == "raise":
                raise self._advised(error) from error
            self._skip(index, _reason(error), error, on_skip)
            return []

    def _skip(self, index: int, reason: str, error: InstrAugError | None, on_skip: OnSkip | None) -> None:
        self.counts.skipped[reason] += 1
        if on_skip is not None:
            file = getattr(error, "file", "") or self.table.file
            key, record, problem = (
                self.table.key(index),
                getattr(error, "record", ""),
                "" if error is None else str(error),
            )
            counts = self.counts
            on_skip(SkippedRecord(counts.task, counts.source, counts.split, file, key, record, reason, problem))

    def _advised(self, error: InstrAugError) -> InstrAugError:
        """The error with the number of bad records so far and how to go on without them."""
        known = self.table.count_unreadable()
        parts = [
            f"1 of the {self._read} records of {self.row.source.name} read so far is unusable",
            *([f"{known} in the file cannot be read"] if known else []),
            'on_error="skip" (--on-error skip) counts such records and lists them in skipped.jsonl',
        ]
        # A copy, because a table keeps the errors of its stray records.
        advised = copy.copy(error)
        advised.args = (f"{error} ({'; '.join(parts)}).",)
        return advised

    def adapt(self, index: int) -> list[Example]:
        """The examples of a record, with pictures that are only named; none if the record is unsuitable for the task.

        Raises:
            InstrAugError: If the record is bad.
        """
        return _as_list(self.row.adapt(self.table[index], self._context))

    def attach_images(self, example: Example) -> Example:
        """The example with the pictures that it names.

        Raises:
            InstrAugError: If a picture is missing or damaged.
        """
        size = example.meta.get("image_size")
        loaded = (self._load(image, size and (size[0], size[1])) for image in example.images)
        return replace(example, images=tuple(chain.from_iterable(loaded)))

    def _load(self, image: Mapping[str, Any], size: tuple[int, int] | None) -> list[dict[str, Any]]:
        """The image, or the frames of the video, that an example refers to."""
        folders = self._files.pictures
        if not self._files.are_videos:
            decode = self._config.check_pictures == "decode"
            return [load_image(self._root, folders, image["path"], size=size, decode=decode)]
        return load_frames(self._root, folders, image["path"], count=self._config.num_frames, span=image.get("span"))


def _reason(error: InstrAugError) -> str:
    return next(reason for kind, reason in SKIP_REASONS.items() if isinstance(error, kind))


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
