"""Builds tasks into Parquet shards that contain their images; an interrupted build resumes."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import datasets

from instraug_datasets.errors import InstrAugError, OutputError, SettingError, UnknownNameError
from instraug_datasets.storage import local_path

from .benchmarks import get_builder
from .generation.builder import RawBuilder
from .generation.config import RawConfig, resolve_config_name, rows_for
from .generation.counts import read_counts
from .generation.skipped import SKIPPED_FILE, stamp_pictures
from .parts import BuildSettings
from .published import Built, Marker, TaskFolder, lock_task
from .rows import rows_of

__all__ = ["RUNNERS", "Built", "build"]

RUNNERS = ("local", "ray")
"""Where splits are built: here, or on a Ray cluster."""

_Prepare: TypeAlias = Callable[[BuildSettings, RawBuilder, str, Path], None]
"""Builds a split of the builder's task into the folders `data` and `counts` of a folder."""


def build(
    benchmark: str,
    tasks: Iterable[str] | None = None,
    *,
    data_dir: str | Path,
    output: str | Path,
    num_examples: int | None = 1000,
    num_proc: int | None = None,
    seed: int = 0,
    on_error: str = "raise",
    check_pictures: str = RawConfig.check_pictures,
    num_frames: int = RawConfig.num_frames,
    progress: bool = True,
    force: bool = False,
    runner: str = RUNNERS[0],
    address: str | None = None,
) -> list[Built]:
    """Build tasks from raw files into `output/<task>/<split>-00000-of-0000N.parquet`.

    Beside them, `skipped.jsonl` lists every skipped record with its file, key, split and reason. A finished split is
    reused if settings, raw files and the pictures of skipped records are unchanged, and built again if files have
    changed; one of other settings is replaced only with `force`. A build that is killed never leaves a partial split
    behind, and builds of the same task into the same output wait for each other.

    Args:
        tasks: Names or aliases; None for every task that has a source.
        num_examples: The sample size of each (task, split); None for all.
        num_proc: The number of processes; None for one.
        on_error: `raise` on the first bad record or image, or `skip` and count them.
        check_pictures: `header` to check the first and last bytes of every image, or `decode` to decode it as well.
        num_frames: The number of frames taken from a video.
        progress: Whether to show progress bars.
        force: Rebuild finished splits, whatever settings they were built with.
        runner: `local` to build here, one task after the other, or `ray` to build on a Ray cluster, all tasks at once;
            `data_dir` and `output` must then be the same on every machine. The shards are those of a local build with
            the same `num_proc`, byte for byte.
        address: The address of the Ray cluster; None for the one that this machine is part of, or else a new one here.

    Returns:
        One entry per (task, split), with a `problem` where raw files are missing.

    Raises:
        UnknownNameError: If the benchmark, a task or the runner is unknown.
        InstrAugError: If a raw record or image is bad and `on_error` is `raise`.
        OutputError: If the output cannot be written, or holds a finished split that was built with other settings.
        SettingError: If the output is a URL, or there is no Ray cluster at the address.
        DependencyError: If the runner is not installed.

    Example:
        >>> for split in build("multiinstruct", ["ITM"], data_dir="raw_datasets", output="built"):
        ...     print(split.task, split.split, split.examples, split.problem)
    """
    kind = get_builder(benchmark)
    names = [row.task for row in rows_of(benchmark)] if tasks is None else tasks
    settings = {
        "num_examples": num_examples,
        "seed": seed,
        "on_error": on_error,
        "check_pictures": check_pictures,
        "num_frames": num_frames,
    }
    folder = local_path(output, "The output of a build")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"The output of a build must be a folder, but {str(folder)!r} is a file.")
    if runner not in RUNNERS:
        raise UnknownNameError("runner", runner, RUNNERS)
    if address is not None and runner == RUNNERS[0]:
        raise SettingError(f"address is that of a Ray cluster ({address!r}): it needs runner='ray'.")
    plan = BuildSettings(kind, str(data_dir), folder, settings, num_proc, force)
    configs = list(dict.fromkeys(resolve_config_name(benchmark, name) for name in names))
    for name in () if force else configs:  # before hours are spent on the tasks before it
        TaskFolder(folder, name).check_settings(plan.chosen())
    if runner == RUNNERS[0]:
        with _progress_bars(shown=progress):
            return [built for name in configs for built in _build_task(plan, name, _prepare_here)]
    return _build_with_ray(plan, configs, address)


def _build_with_ray(plan: BuildSettings, tasks: Sequence[str], address: str | None) -> list[Built]:
    """Build all tasks at once: a thread for each waits for the cluster, and holds the lock of its task only."""
    ray_runner = importlib.import_module(".ray_runner", __package__)
    with ray_runner.connect(address) as runner, ThreadPoolExecutor(max(1, len(tasks))) as threads:
        waiting = [threads.submit(lambda task: list(_build_task(plan, task, runner.prepare)), task) for task in tasks]
        try:
            for done in as_completed(waiting):  # the first error stops the others
                done.result()
        except BaseException:
            runner.cancel()
            raise
        return [built for each in waiting for built in each.result()]


def _prepare_here(plan: BuildSettings, builder: RawBuilder, split: str, work: Path) -> None:
    builder.download_and_prepare(str(work / "data"), file_format="parquet", num_proc=plan.num_proc)


def _build_task(plan: BuildSettings, task: str, prepare: _Prepare) -> Iterator[Built]:
    with tempfile.TemporaryDirectory() as folder:
        builder = plan.builder(task, Path(folder))
        available = builder.available_splits()
        with lock_task(plan.output, task) if available else nullcontext():
            for split in dict.fromkeys(split for row in rows_for(builder.config) for split in row.splits):
                if split in available:
                    yield _build_split(plan, task, split, prepare)
                else:
                    yield Built(task=task, split=split, problem=builder.explain_missing(split))


def _build_split(plan: BuildSettings, task: str, split: str, prepare: _Prepare) -> Built:
    work = plan.output / f".partial-{task}"
    # Of a build that was killed, whose worker processes may still write; hence a folder of our own below.
    shutil.rmtree(work, ignore_errors=True)
    try:
        return _build_in(plan, task, split, work / str(os.getpid()), prepare)
    except OSError as error:
        if isinstance(error, InstrAugError):
            raise
        raise OutputError(f"Cannot build {task} in {plan.output}: {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build_in(plan: BuildSettings, task: str, split: str, work: Path, prepare: _Prepare) -> Built:
    started = time.monotonic()
    builder = plan.builder(task, work, splits=(split,), report_dir=str(work / "counts"))
    folder = TaskFolder(plan.output, task)
    folder.recover()
    if not plan.force:
        folder.check_settings(plan.chosen())
        finished = _read_finished(folder, split, builder)
        if finished is not None:
            return finished
    prepare(plan, builder, split, work)
    counts = read_counts(work / "counts")
    built = Built(
        task=task,
        split=split,
        sources=tuple(dict.fromkeys(count.source for count in counts)),
        examples=sum(count.examples for count in counts),
        skipped=dict(sorted(sum((count.skipped for count in counts), Counter[str]()).items())),
        seconds=round(time.monotonic() - started, 3),
    )
    skipped = work / "counts" / SKIPPED_FILE
    marker = Marker(
        key=builder.config_id,
        pictures=stamp_pictures(builder.config, split, skipped),
        shards={},
        built=built,
        settings=plan.chosen(),
    )
    folder.publish(marker, sorted((work / "data").glob("*.parquet")), skipped, work=work / "published")
    return built


def _read_finished(folder: TaskFolder, split: str, builder: RawBuilder) -> Built | None:
    """The result of an earlier build of the split, if its settings, raw files and skipped pictures were the same."""
    marker = folder.read_marker(split)
    if marker is None or marker.key != builder.config_id:
        return None
    if marker.pictures != stamp_pictures(builder.config, split, folder.path / SKIPPED_FILE):
        return None
    return replace(marker.built, seconds=0.0, reused=True)


@contextmanager
def _progress_bars(*, shown: bool) -> Iterator[None]:
    if shown or not datasets.is_progress_bar_enabled():
        yield
        return
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.enable_progress_bars()
