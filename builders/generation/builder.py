"""The `datasets` builder that all benchmarks share."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import datasets
from datasets.builder import Key
from datasets.exceptions import DatasetGenerationError

from instraug_datasets.errors import InstrAugError, MissingFilesError, OutputError, SettingError
from instraug_datasets.records import FEATURES

from ..files.root import DataRoot
from ..sources import missing_files, missing_message, missing_paths
from .config import ALL, SPLITS, RawConfig, data_root_for, resolve_config_name, rows_for
from .counts import JobCounts, log_skipped, write_counts
from .example_generator import ExampleGenerator
from .jobs import Job
from .missing import MissingPaths, describe_missing
from .orphans import children_end_with_us, end_with_parent
from .sampling import iter_by_rank
from .skipped import join_skipped, record_skips

__all__ = ["RawBuilder"]

logger = logging.getLogger(__name__)

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

NUM_SHARDS = 16
"""Shards per row of a split; fixed, so that the number of processes changes only the speed."""


class RawBuilder(datasets.GeneratorBasedBuilder):
    """Builds the tasks of one benchmark from raw files; a subclass sets the benchmark and its configs."""

    BENCHMARK: ClassVar[str]
    BUILDER_CONFIG_CLASS = RawConfig
    DEFAULT_CONFIG_NAME = ALL

    def __init__(self, cache_dir: str | None = None, *, config_name: str | None = None, **kwargs: Any) -> None:
        name = resolve_config_name(self.BENCHMARK, config_name or ALL)
        if kwargs.get("data_dir") is not None:
            DataRoot(str(kwargs["data_dir"])).check()
        super().__init__(cache_dir, config_name=name, **kwargs)
        self._has_warned = False

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(features=FEATURES)

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        if self.config.data_dir is None:
            raise SettingError(
                f"data_dir is missing: set it to the folder or URL with the raw files of {self.BENCHMARK}."
            )
        splits = self.available_splits()
        if not splits:
            raise MissingFilesError(self.explain_missing())
        self._warn_about_missing_files()
        return [datasets.SplitGenerator(name=split, gen_kwargs={"jobs": self.jobs(split)}) for split in splits]

    def _warn_about_missing_files(self) -> None:
        """Warn once about tasks that are left out, whether the data set is built now or read from the cache."""
        if self._has_warned or self.config.data_dir is None:
            return
        self._has_warned = True
        missing = describe_missing(rows_for(self.config), self._missing, self.available_splits())
        if missing:
            name, lines = f"{self.BENCHMARK}/{self.config.name}", "\n  ".join(missing)
            logger.warning(
                "%s is built without files that %r lacks (`instraug sources` lists where to get them):\n  %s",
                name,
                self.config.data_dir,
                lines,
            )

    def available_splits(self) -> list[str]:
        """The requested splits for which the data dir has all files of at least one source."""
        return [split for split, numbers in self._rows_by_split.items() if numbers]

    def explain_missing(self, split: str | None = None) -> str:
        """A message that lists the missing files of a split, or of all splits, with licences and where to get them."""
        lines = [
            missing_message(row.source, name, missing)
            for row in rows_for(self.config)
            for name in row.splits
            if split in (None, name) and (missing := missing_files(row.source, name, data_root_for(self.config, row)))
        ]
        offered = dict.fromkeys(name for row in rows_for(self.config) for name in row.splits)
        if split is not None and split not in offered:
            return f"{self.BENCHMARK}/{self.config.name} has no split {split!r}, only {', '.join(offered)}."
        what = f"{self.BENCHMARK}/{self.config.name}" + (f", split {split}," if split else "")
        return "\n".join([f"{what} cannot be built from {self.config.data_dir!r}.", *dict.fromkeys(lines)])

    @cached_property
    def _rows_by_split(self) -> dict[str, list[int]]:
        """By split, the indices of the rows whose files are all there."""
        rows = list(enumerate(rows_for(self.config)))
        return {
            split: [number for number, row in rows if split in row.splits and not self._missing[row.source.name, split]]
            for split in self.config.splits or SPLITS
        }

    @cached_property
    def _missing(self) -> MissingPaths:
        """The missing files of every source; cached, because listing a remote data dir is slow."""
        roots = {row.source: data_root_for(self.config, row) for row in rows_for(self.config)}
        return {
            (source.name, split): missing_paths(source, split, root)
            for source, root in roots.items()
            for split in source.splits
            if split in (self.config.splits or SPLITS)
        }

    def jobs(self, split: str) -> list[Job]:
        """The shards of a split, interleaved over rows, so that a stream mixes tasks from the start."""
        if self.config.jobs is not None:
            return list(self.config.jobs)
        row_numbers = self._rows_by_split[split]
        sampled = self._sampled(split, row_numbers) if self.config.num_examples is not None else {}
        jobs = [Job(row, split, shard, NUM_SHARDS) for shard in range(NUM_SHARDS) for row in row_numbers]
        if not sampled:
            return jobs
        return [replace(job, records=tuple(sampled[job.row][job.shard :: NUM_SHARDS])) for job in jobs]

    def _sampled(self, split: str, row_numbers: list[int]) -> dict[int, list[int]]:
        """The sampled records of every row, by ascending hash rank."""
        rows, sampled = rows_for(self.config), {number: list[int]() for number in row_numbers}
        for task in dict.fromkeys(rows[number].task for number in row_numbers):
            numbers = [number for number in row_numbers if rows[number].task == task]
            for number, index in self._sample(split, numbers):
                sampled[number].append(index)
        return sampled

    def _sample(self, split: str, numbers: list[int]) -> Iterator[tuple[int, int]]:
        """Records of a task as (row, record), by ascending hash rank, until `num_examples` is reached."""
        remaining = self.config.num_examples
        generators = [ExampleGenerator(self.config, rows_for(self.config)[number], split) for number in numbers]
        prefixes = [f"{generator.row.source.name}/{generator.row.task}" for generator in generators]
        for position, index in iter_by_rank(
            [generator.table for generator in generators], prefixes, seed=self.config.seed
        ):
            if remaining <= 0:
                return
            # Skipped records stay in the sample, so that they are counted when the examples are generated.
            yield numbers[position], index
            remaining -= generators[position].count_examples(index)

    def _generate_examples(self, jobs: list[Job]) -> Iterator[tuple[Key, dict[str, Any]]]:
        counts: list[JobCounts] = []
        is_finalizing = sys.is_finalizing  # modules are gone when an interpreter that ends closes its generators
        try:
            for number, job in enumerate(jobs):
                generator = ExampleGenerator(self.config, rows_for(self.config)[job.row], job.split)
                counts.append(generator.counts)
                row = generator.row
                with record_skips(self.config.report_dir, row.task, row.source.name, job) as on_skip:
                    for position, example in enumerate(generator.generate(job, on_skip=on_skip)):
                        yield Key(number, position), example
                if self.config.report_dir is not None:
                    write_counts(self.config.report_dir, job, generator.counts)
        finally:
            if not is_finalizing():
                log_skipped(counts)

    def _prepare_split_single(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        end_with_parent()
        # `datasets` wraps errors, and drops their cause when it sends them from a worker process to the parent.
        try:
            yield from super()._prepare_split_single(*args, **kwargs)
        except DatasetGenerationError as error:
            if isinstance(error.__cause__, InstrAugError):
                raise error.__cause__ from None
            if (no_room := _no_room(error)) is not None:
                raise OutputError(f"Cannot write the examples of {self.config.name}: {no_room.strerror}.") from None
            raise

    def download_and_prepare(self, *args: Any, **kwargs: Any) -> None:
        """Like `datasets.DatasetBuilder.download_and_prepare`, but raises the errors of this package unwrapped."""
        self._warn_about_missing_files()
        try:
            with children_end_with_us():
                super().download_and_prepare(*args, **kwargs)
        except OSError as error:
            if not isinstance(error, InstrAugError) and isinstance(error.__context__, InstrAugError):
                raise error.__context__ from None
            raise
        if self.config.report_dir is not None:
            join_skipped(self.config.report_dir)


def _no_room(error: BaseException | None) -> OSError | None:
    """The error of a full disk, if another one was raised because of it, as when a writer closes its file."""
    while error is not None and not (isinstance(error, OSError) and error.errno in _NO_ROOM):
        error = error.__cause__ or error.__context__
    return error
