"""Builder configs: the settings, and the rows, files and cache key that follow from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import datasets
from datasets.fingerprint import Hasher

from instraug_datasets.errors import SettingError, UnknownNameError
from instraug_datasets.tasks import get_benchmark, get_task

from ..files.root import DataRoot
from ..rows import Row, rows_of
from ..sources import Source
from .jobs import Job

__all__ = ["ALL", "SPLITS", "RawConfig", "data_root_for", "make_configs", "resolve_config_name", "rows_for"]

ALL = "all"
"""The default config: every training task that the data dir can serve."""

SPLITS = ("train", "validation", "test")
ON_ERROR = ("raise", "skip")
CHECK_PICTURES = ("header", "decode")

FORMAT_VERSION = 1
"""Part of the cache key; raise it when the same raw files give different examples."""


@dataclass(eq=False)
class RawConfig(datasets.BuilderConfig):
    """The settings of one build.

    Attributes:
        data_dir: The folder or URL with the raw files.
        num_examples: The sample size of each (task, split); None for all. A record that gives several examples is never
            split, so the sample may be slightly larger.
        seed: The seed of all randomness.
        on_error: `raise` on the first bad record or image, or `skip` and count them.
        report_dir: The folder in which every shard writes its counts and its skipped records, which a finished build
            joins in `skipped.jsonl`; None to write none.
        splits: The splits to build; None for all whose files are in the data dir.
        num_frames: The number of frames taken from a video.
        check_pictures: `header` to check the first and last bytes of every image, or `decode` to decode it as well,
            which is about a hundred times slower.
        jobs: The jobs to generate, where another process has listed all jobs of the one split; None for all.
    """

    benchmark: str = ""
    num_examples: int | None = None
    seed: int = 0
    on_error: str = "raise"
    report_dir: str | None = None
    splits: tuple[str, ...] | None = None
    num_frames: int = 4
    check_pictures: str = "header"
    jobs: tuple[Job, ...] | None = None

    def create_config_id(self, config_kwargs: dict[str, Any], custom_features: datasets.Features | None = None) -> str:
        """The cache key of the prepared data set; it changes with every setting and when raw files change."""
        if self.data_dir is None:
            return str(super().create_config_id(config_kwargs, custom_features))
        _check_settings(self)
        files = dict.fromkeys((data_root_for(self, row), path) for row in rows_for(self) for path in _paths(row))
        stamps = [root.etag(path) for root, path in files]
        settings = (
            FORMAT_VERSION,
            DataRoot(str(self.data_dir)).address,
            self.num_examples,
            self.seed,
            self.on_error,
            self.splits,
            self.num_frames,
            self.check_pictures,
        )
        return f"{self.name}-{Hasher.hash([settings, stamps, custom_features])}"


def make_configs(benchmark: str) -> list[RawConfig]:
    """The config `all`, and one config per task of a benchmark that can be built."""
    tasks = get_benchmark(benchmark)
    served = dict.fromkeys(row.task for row in rows_of(benchmark))
    return [
        RawConfig(name=ALL, version=datasets.Version("1.0.0"), benchmark=benchmark),
        *(
            RawConfig(name=name, version=datasets.Version(f"{tasks[name].version}.0.0"), benchmark=benchmark)
            for name in served
            if name in tasks
        ),
    ]


def resolve_config_name(benchmark: str, name: str) -> str:
    """The config name for a task's name or alias.

    Raises:
        UnknownNameError: If the task is unknown.
        SettingError: If the task is declared but cannot be built: it is excluded, or no source serves it.
    """
    if name == ALL:
        return name
    task = get_task(benchmark, name)
    if task.role == "excluded":
        raise SettingError(f"The task {task.name!r} is excluded from {benchmark}: {task.reason}")
    if not rows_of(benchmark, task.name):
        served = ", ".join(dict.fromkeys(row.task for row in rows_of(benchmark)))
        raise SettingError(f"The task {task.name!r} cannot be built from raw files. Tasks that can be: {served}.")
    return task.name


def rows_for(config: RawConfig) -> list[Row]:
    """The rows of a config; `all` excludes evaluation tasks, and extra sources count only if their files are there."""

    @cache
    def is_used(source: Source) -> bool:
        return not source.extra or (config.data_dir is not None and _has_any(DataRoot(str(config.data_dir)), source))

    return [row for row in _declared_rows(config) if is_used(row.source)]


def _declared_rows(config: RawConfig) -> list[Row]:
    if config.name != ALL:
        return rows_of(config.benchmark, config.name)
    tasks = get_benchmark(config.benchmark)
    return [row for row in rows_of(config.benchmark) if row.task in tasks and tasks[row.task].role == "train"]


def _has_any(root: DataRoot, source: Source) -> bool:
    return any(root.find(file) for files in source.splits.values() for file in files.annotations)


def data_root_for(config: RawConfig, row: Row) -> DataRoot:
    """The data dir, with the archives in which a row's source may be packed."""
    return DataRoot(str(config.data_dir), row.source.archives)


def _paths(row: Row) -> Iterator[str]:
    for split in row.splits:
        files = row.source.splits[split]
        for path in (*files.annotations, *files.optional):
            yield from row.source.places(path)
        # An image that was missing and skipped may have been added since; that changes its folder or archive.
        yield from row.source.picture_folders(split)


def _check_settings(config: RawConfig) -> None:
    if config.on_error not in ON_ERROR:
        raise UnknownNameError("on_error", config.on_error, ON_ERROR)
    if config.check_pictures not in CHECK_PICTURES:
        raise UnknownNameError("check_pictures", config.check_pictures, CHECK_PICTURES)
    if config.num_examples is not None and not _is_positive_integer(config.num_examples):
        raise SettingError(
            f"num_examples must be a whole number from 1, or None for all, but got {config.num_examples!r}."
        )
    if not _is_positive_integer(config.num_frames):
        raise SettingError(f"num_frames must be a whole number from 1, but got {config.num_frames!r}.")
    for split in config.splits or ():
        if split not in SPLITS:
            raise UnknownNameError("split", split, SPLITS)


def _is_positive_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
