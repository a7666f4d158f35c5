"""The builder that all benchmarks share: rows in, `datasets` splits out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import datasets
from datasets.builder import Key
from datasets.exceptions import DatasetGenerationError

from instraug_datasets.errors import InstrAugError, MissingFilesError, SettingError
from instraug_datasets.records import FEATURES

from ..files.root import DataRoot
from ..sources import missing_files, missing_message, missing_paths
from .config import ALL, SPLITS, RawConfig, resolve_name, root_for, rows_for
from .counts import Count, log_skipped, write_count
from .jobs import Job
from .maker import Maker
from .missing import Lacking, describe_gaps
from .sampling import in_rank_order

__all__ = ["RawBuilder"]

logger = logging.getLogger(__name__)

SHARDS = 16
"""Parts of every row of a split; fixed, so that the number of processes changes nothing but the speed."""


class RawBuilder(datasets.GeneratorBasedBuilder):
    """Builds the tasks of one benchmark from raw files; a sub-class names the benchmark and its configs."""

    BENCHMARK: ClassVar[str]
    BUILDER_CONFIG_CLASS = RawConfig
    DEFAULT_CONFIG_NAME = ALL

    def __init__(self, cache_dir: str | None = None, *, config_name: str | None = None, **kwargs: Any) -> None:
        name = resolve_name(self.BENCHMARK, config_name or ALL)
        super().__init__(cache_dir, config_name=name, **kwargs)
        self._has_warned = False

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(features=FEATURES)

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        if self.config.data_dir is None:
            raise SettingError(f"Give data_dir: the folder or URL with the raw files of {self.BENCHMARK}.")
        DataRoot(str(self.config.data_dir)).check()
        splits = self.available_splits()
        if not splits:
            raise MissingFilesError(self.explain_missing())
        self._warn_of_gaps()
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"jobs": self._jobs(split, self._served[split])})
            for split in splits
        ]

    def _warn_of_gaps(self) -> None:
        """Say once what is left out, whether it is built now or was before."""
        if self._has_warned or self.config.data_dir is None:
            return
        self._has_warned = True
        gaps = describe_gaps(rows_for(self.config), self._lacking, self.available_splits())
        if gaps:
            place = f"{self.BENCHMARK}/{self.config.name} is built without what {self.config.data_dir!r} lacks"
            lines = "\n  ".join(gaps)
            logger.warning("%s (`instraug sources` says where to get it):\n  %s", place, lines)

    def available_splits(self) -> list[str]:
        """The splits, of those asked for, whose files the data dir has for at least one source."""
        return [split for split, numbers in self._served.items() if numbers]

    def explain_missing(self, split: str | None = None) -> str:
        """What the data dir lacks for a split, or for every split: files, licences, and where to get them."""
        lines = [
            missing_message(row.source, name, lacking)
            for row in rows_for(self.config)
            for name in row.splits
            if split in (None, name) and (lacking := missing_files(row.source, name, root_for(self.config, row)))
        ]
        offered = dict.fromkeys(name for row in rows_for(self.config) for name in row.splits)
        if split is not None and split not in offered:
            return f"{self.BENCHMARK}/{self.config.name} has no split {split!r}, only {', '.join(offered)}."
        what = f"{self.BENCHMARK}/{self.config.name}" + (f", split {split}," if split else "")
        return "\n".join([f"{what} cannot be built from {self.config.data_dir!r}.", *dict.fromkeys(lines)])

    @cached_property
    def _served(self) -> dict[str, list[int]]:
        """By split, the numbers of the rows whose files are there."""
        rows = list(enumerate(rows_for(self.config)))
        return {
            split: [number for number, row in rows if split in row.splits and not self._lacking[row.source.name, split]]
            for split in self.config.splits or SPLITS
        }

    @cached_property
    def _lacking(self) -> Lacking:
        """What is not there; kept, as a remote data dir is slow to ask."""
        roots = {row.source: root_for(self.config, row) for row in rows_for(self.config)}
        return {
            (source.name, split): missing_paths(source, split, root)
            for source, root in roots.items()
            for split in source.splits
            if split in (self.config.splits or SPLITS)
        }

    def _jobs(self, split: str, served: list[int]) -> list[Job]:
        """The shards of a split; those of several rows take turns, so that a stream mixes its tasks early."""
        picked = self._picked(split, served) if self.config.num_examples is not None else {}
        jobs = [Job(row, split, shard, SHARDS) for shard in range(SHARDS) for row in served]
        if not picked:
            return jobs
        return [replace(job, picked=tuple(picked[job.row][job.shard :: SHARDS])) for job in jobs]

    def _picked(self, split: str, served: list[int]) -> dict[int, list[int]]:
        """The records that a sample takes of every row, in the order of their ranks."""
        rows, picked = rows_for(self.config), {number: list[int]() for number in served}
        for task in dict.fromkeys(rows[number].task for number in served):
            numbers = [number for number in served if rows[number].task == task]
            for number, index in self._sample(split, numbers):
                picked[number].append(index)
        return picked

    def _sample(self, split: str, numbers: list[int]) -> Iterator[tuple[int, int]]:
        """Records of a task by rank, until they give as many examples as wanted."""
        wanted = self.config.num_examples
        makers = [Maker(self.config, rows_for(self.config)[number], split) for number in numbers]
        prefixes = [f"{maker.row.source.name}/{maker.row.task}" for maker in makers]
        for place, index in in_rank_order([maker.table for maker in makers], prefixes, seed=self.config.seed):
            if wanted <= 0:
                return
            # Records that give nothing are kept, so that they are counted where the others are made.
            yield numbers[place], index
            wanted -= makers[place].promises(index)

    def _generate_examples(self, jobs: list[Job]) -> Iterator[tuple[Key, dict[str, Any]]]:
        counts: list[Count] = []
        try:
            for number, job in enumerate(jobs):
                maker = Maker(self.config, rows_for(self.config)[job.row], job.split)
                counts.append(maker.count)
                for place, row in enumerate(maker.rows(job)):
                    yield Key(number, place), row
                if self.config.report_dir is not None:
                    write_count(self.config.report_dir, job, maker.count)
        finally:
            log_skipped(counts)

    def _prepare_split_single(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        # `datasets` wraps what goes wrong, and loses it on the way home from a worker process.
        try:
            yield from super()._prepare_split_single(*args, **kwargs)
        except DatasetGenerationError as error:
            if isinstance(error.__cause__, InstrAugError):
                raise error.__cause__ from None
            raise

    def download_and_prepare(self, *args: Any, **kwargs: Any) -> None:
        """As `datasets.DatasetBuilder.download_and_prepare`, with the errors of this package as they were raised."""
        self._warn_of_gaps()
        try:
            super().download_and_prepare(*args, **kwargs)
        except OSError as error:
            if not isinstance(error, InstrAugError) and isinstance(error.__context__, InstrAugError):
                raise error.__context__ from None
            raise
