"""Builds tasks into Parquet shards that contain their images; an interrupted build resumes."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import datasets

from .benchmarks import get_builder
from .generation.builder import RawBuilder
from .generation.config import RawConfig, resolve_config_name, rows_for
from .generation.counts import read_counts
from .generation.skipped import SKIPPED_FILE
from .rows import rows_of

__all__ = ["Built", "build"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The result of building one split of a task.

    Attributes:
        sources: The names of the sources that it was built from.
        examples: The number of examples.
        skipped: The number of skipped records, by reason.
        seconds: The build time; 0 for a reused split.
        problem: Why the split could not be built; None if it was.
        reused: Whether the output already held this split, built with the same settings from the same raw files.
    """

    task: str
    split: str
    sources: tuple[str, ...] = ()
    examples: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    problem: str | None = None
    reused: bool = False


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
) -> list[Built]:
    """Build tasks from raw files into `output/<task>/<split>-00000-of-0000N.parquet`.

    Beside them, `skipped.jsonl` lists every skipped record with its file, key, split and reason. A finished split is
    reused if settings and raw files are unchanged. A build that is killed never leaves a partial split behind.

    Args:
        tasks: Names or aliases; None for every task that has a source.
        num_examples: The sample size of each (task, split); None for all.
        num_proc: The number of processes; None for one.
        on_error: `raise` on the first bad record or image, or `skip` and count them.
        check_pictures: `header` to check the first and last bytes of every image, or `decode` to decode it as well.
        num_frames: The number of frames taken from a video.
        progress: Whether to show progress bars.
        force: Rebuild finished splits.

    Returns:
        One entry per (task, split), with a `problem` where raw files are missing.

    Raises:
        UnknownNameError: If the benchmark or a task is unknown.
        InstrAugError: If a raw record or image is bad and `on_error` is `raise`.

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
    plan = _BuildSettings(kind, str(data_dir), Path(output), settings, num_proc, force)
    with _progress_bars(shown=progress):
        return [
            built
            for name in dict.fromkeys(resolve_config_name(benchmark, name) for name in names)
            for built in _build_task(plan, name)
        ]


@dataclass(frozen=True, slots=True)
class _BuildSettings:
    """The arguments that are the same for every task of a build."""

    kind: type[RawBuilder]
    data_dir: str
    output: Path
    settings: Mapping[str, Any]
    num_proc: int | None
    force: bool

    def builder(self, task: str, work: Path, **settings: Any) -> RawBuilder:
        """A builder that writes only below `work`."""
        return self.kind(
            str(work / "cache"),
            config_name=task,
            data_dir=self.data_dir,
            **self.settings,
            **settings,
        )


def _build_task(plan: _BuildSettings, task: str) -> Iterator[Built]:
    work = plan.output / f".partial-{task}"
    try:
        builder = plan.builder(task, work)
        available = builder.available_splits()
        for split in dict.fromkeys(split for row in rows_for(builder.config) for split in row.splits):
            if split in available:
                yield _build_split(plan, task, split, work)
            else:
                yield Built(task=task, split=split, problem=builder.explain_missing(split))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build_split(plan: _BuildSettings, task: str, split: str, work: Path) -> Built:
    started = time.monotonic()
    shutil.rmtree(work, ignore_errors=True)
    builder = plan.builder(task, work, splits=(split,), report_dir=str(work / "counts"))
    folder = plan.output / task
    finished = None if plan.force else _read_finished(folder, split, builder.config_id)
    if finished is not None:
        return finished
    builder.download_and_prepare(str(work / "data"), file_format="parquet", num_proc=plan.num_proc)
    counts = read_counts(work / "counts")
    built = Built(
        task=task,
        split=split,
        sources=tuple(dict.fromkeys(count.source for count in counts)),
        examples=sum(count.examples for count in counts),
        skipped=dict(sorted(sum((count.skipped for count in counts), Counter[str]()).items())),
        seconds=round(time.monotonic() - started, 3),
    )
    _publish_skipped(work / "counts" / SKIPPED_FILE, folder, split)
    shards = _publish_shards(sorted((work / "data").glob("*.parquet")), folder, split)
    _write_manifest(folder, split, {"key": builder.config_id, "shards": shards, "built": asdict(built)})
    return built


def _publish_shards(written: list[Path], folder: Path, split: str) -> list[str]:
    """Replace older shards by new ones, without their manifest: one that exists lists complete shards only."""
    folder.mkdir(parents=True, exist_ok=True)
    _manifest_path(folder, split).unlink(missing_ok=True)
    for old in folder.glob(f"{split}-*-of-*.parquet"):
        old.unlink()
    names = [f"{split}-{number:05d}-of-{len(written):05d}.parquet" for number in range(len(written))]
    for shard, name in zip(written, names, strict=True):
        shard.replace(folder / name)
    return names


def _publish_skipped(written: Path, folder: Path, split: str) -> None:
    """Replace the lines of a split in the list of skipped records, which is one for all splits of a task."""
    folder.mkdir(parents=True, exist_ok=True)
    target, partial = folder / SKIPPED_FILE, folder / f".{SKIPPED_FILE}.{os.getpid()}"
    with partial.open("w", encoding="utf-8") as joined:
        if target.exists():
            with target.open(encoding="utf-8") as lines:
                joined.writelines(line for line in lines if json.loads(line)["split"] != split)
        with written.open(encoding="utf-8") as lines:
            joined.writelines(lines)
    partial.replace(target)


def _manifest_path(folder: Path, split: str) -> Path:
    # Hidden, so that `datasets.load_dataset(folder)` finds Parquet files only.
    return folder / f".{split}.json"


def _write_manifest(folder: Path, split: str, content: Mapping[str, Any]) -> None:
    partial = folder / f".{split}.json.{os.getpid()}"
    partial.write_text(json.dumps(content), encoding="utf-8")
    partial.replace(_manifest_path(folder, split))


def _read_finished(folder: Path, split: str, key: str) -> Built | None:
    """The result of an earlier build of the split, if its settings and raw files were the same."""
    try:
        manifest = json.loads(_manifest_path(folder, split).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if manifest["key"] != key or not all((folder / name).is_file() for name in (*manifest["shards"], SKIPPED_FILE)):
        return None
    result = manifest["built"]
    return Built(**{**result, "sources": tuple(result["sources"]), "seconds": 0.0, "reused": True})


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
