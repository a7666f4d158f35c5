"""What the explorer shows: examples of tasks, from raw files, built files or the Hub, and the pool of instructions."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import HubError, MissingFilesError, PoolError, PublicationError, brief
from ..hub import load_published_pool
from ..hub.shards import read_shards
from ..loading import BUILDERS, load_dataset
from ..pool import InstructionPool
from ..tasks import get_benchmark

__all__ = ["Collection", "open_built", "open_demo", "open_published", "open_raw"]

_NO_TASKS = ("default", "instructions")
"""Configs of a published data set that are no tasks."""

_SPLITS = ("train", "validation", "test")
"""The first of these that a task has is shown."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Tasks with their examples, and the pool of their instructions.

    Attributes:
        title: What is shown, in a few words.
        tasks: The names of the tasks with examples.
        pool: The pool that instructions are drawn from.
        stream: Opens the examples of a task, an iterable of rows with the columns of `FEATURES`.
        options: Options of `augment`, such as `seed` and `strategy`.

    Example:
        >>> Collection("mine", ["vqa"], InstructionPool.load("pool.parquet"), lambda task: rows)
    """

    title: str
    tasks: Sequence[str]
    pool: InstructionPool
    stream: Callable[[str], Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    def examples(self, task: str, number: int) -> list[dict[str, Any]]:
        """The first examples of a task, their pictures undecoded."""
        stream = self.stream(task)
        decoding = getattr(stream, "decode", None)
        return [dict(row) for row in islice(decoding(False) if decoding else stream, number)]


def open_raw(
    data_dir: str | Path,
    benchmark: str = "multiinstruct",
    *,
    pool: InstructionPool | str | None = None,
    title: str = "",
    **options: Any,
) -> Collection:
    """The tasks of a benchmark that a folder with raw files can serve, each by `train` or the first split it has.

    Args:
        data_dir: Folder with the raw files, as folders or zip archives.
        pool: A pool, or what `InstructionPool.load` reads; None for the benchmark's.
        options: Options of `augment`.

    Raises:
        MissingFilesError: Raised if the folder does not hold the files of any task.
        PoolError: Raised if the pool has no instructions for any of the tasks.
        UnknownNameError: Raised if the benchmark is unknown.

    Example:
        >>> launch(open_raw("raw_datasets"))
    """
    declared = get_benchmark(benchmark)
    sources = importlib.import_module(BUILDERS).list_sources(data_dir)
    served = {
        task for source in sources if any(split.present for split in source.splits.values()) for task in source.tasks
    }
    tasks = [task for task in declared if f"{benchmark}/{task}" in served]
    if not tasks:
        raise MissingFilesError(
            f"{str(data_dir)!r} does not hold all files of any source of {benchmark}: `instraug sources --data-dir "
            f"{data_dir}` lists what is missing."
        )

    def stream(task: str) -> Any:
        return _first(load_dataset(benchmark, task, data_dir=data_dir, streaming=True, seed=options.get("seed", 0)))

    return Collection(title or f"{benchmark} in {data_dir}", tasks, _pool(pool or benchmark, tasks), stream, options)


def open_demo(
    folder: str | Path, benchmark: str = "multiinstruct", *, pool: InstructionPool | str | None = None, **options: Any
) -> Collection:
    """A small generated world of colored shapes: needs neither data nor a network.

    Args:
        folder: Where its raw files, some megabytes, are written; a second call finds them there.
        pool: A pool, or what `InstructionPool.load` reads; None for the benchmark's.
        options: Options of `augment`.

    Example:
        >>> launch(open_demo("demo"))
    """
    raw = importlib.import_module(f"{BUILDERS}.demo").write_demo(folder)
    return open_raw(raw, benchmark, pool=pool, title=f"{benchmark}, demo world", **options)


def open_built(folder: str | Path, *, pool: InstructionPool | str = "multiinstruct", **options: Any) -> Collection:
    """The tasks that `instraug build` wrote to a folder, each by `train` or the first split it has.

    Args:
        folder: The folder, `<task>/<split>-00000-of-0000N.parquet`.
        pool: A pool, or what `InstructionPool.load` reads.
        options: Options of `augment`.

    Raises:
        PoolError: Raised if the pool has no instructions for any of the tasks.
        PublicationError: Raised if the folder does not hold built tasks.

    Example:
        >>> launch(open_built("out", pool="pool.parquet"))
    """
    import datasets

    files: dict[str, dict[str, list[str]]] = {}
    for shard in read_shards(folder):
        files.setdefault(shard.task, {}).setdefault(shard.split, []).append(str(shard.file))

    def stream(task: str) -> Any:
        return datasets.load_dataset("parquet", data_files=_first(files[task]), split="train", streaming=True)

    return Collection(str(folder), list(files), _pool(pool, files), stream, options)


def open_published(repo_id: str, *, pool: InstructionPool | str | None = None, **options: Any) -> Collection:
    """The tasks of a data set that `instraug publish` wrote to the Hub, each by `train` or the first split it has.

    Args:
        repo_id: The repository, as `you/data` or `you/data@revision`.
        pool: A pool, or what `InstructionPool.load` reads; None for the one published with the data.
        options: Options of `augment`; with the published pool, those left out are as in the published recipe.

    Raises:
        HubError: Raised if the repository cannot be read.
        PoolError: Raised if it has no pool, and none is given.
        PublicationError: Raised if it has no examples of any task of the pool.

    Example:
        >>> launch(open_published("you/multiinstruct"))
    """
    import datasets

    name, _, revision = repo_id.partition("@")
    own, recipe = load_published_pool(name, revision=revision or None) if pool is None else (_loaded(pool), None)
    with _reading(repo_id):
        configs = datasets.get_dataset_config_names(name, revision=revision or None)
    tasks = [config for config in configs if config not in _NO_TASKS and config in own]
    if not tasks:
        raise PublicationError(f"{repo_id} has no examples of any task of the pool; its configs: {', '.join(configs)}.")

    def stream(task: str) -> Any:
        with _reading(repo_id):
            return _first(load_dataset(name, task, streaming=True, revision=revision or None))

    return Collection(repo_id, tasks, own, stream, {**(recipe.settings() if recipe else {}), **options})


@contextmanager
def _reading(repo_id: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, ConnectionError) as error:
        raise HubError(f"Cannot read {repo_id} from the Hub: {error}") from error


def _first(splits: Mapping[str, Any]) -> Any:
    return splits[min(splits, key=lambda name: (_SPLITS.index(name) if name in _SPLITS else len(_SPLITS), name))]


def _pool(pool: InstructionPool | str, tasks: Iterable[str]) -> InstructionPool:
    """The pool, which has instructions for at least one of the tasks."""
    loaded = _loaded(pool)
    if not any(task in loaded for task in tasks):
        shown, known = brief(", ".join(tasks)), brief(", ".join(loaded))
        raise PoolError(f"The pool has no instructions for any task of the data ({shown}), only for {known}.")
    return loaded


def _loaded(pool: InstructionPool | str) -> InstructionPool:
    return pool if isinstance(pool, InstructionPool) else InstructionPool.load(pool)
