"""A split in parts, which several machines build into folders of their own, and one machine joins."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import datasets

from instraug_datasets.errors import OutputError

from .files.root import DataRoot
from .generation.builder import RawBuilder
from .generation.jobs import Job
from .generation.skipped import SKIPPED_FILE, join_skipped

__all__ = ["BuildSettings", "Part", "build_part", "divide", "join_parts", "list_jobs"]


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """The arguments that are the same for every task of a build."""

    kind: type[RawBuilder]
    data_dir: str
    output: Path
    settings: Mapping[str, Any]
    num_proc: int | None
    force: bool

    def chosen(self) -> dict[str, Any]:
        """What decides the content of the output, as plain values."""
        return {"benchmark": self.kind.BENCHMARK, "data_dir": DataRoot(self.data_dir).address, **self.settings}

    def builder(self, task: str, work: Path, **settings: Any) -> RawBuilder:
        """A builder that writes only below `work`."""
        return self.kind(
            str(work / "cache"),
            config_name=task,
            data_dir=self.data_dir,
            **self.settings,
            **settings,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What building a part of a split wrote.

    Attributes:
        folder: Where it is.
        shards: The size of each shard in bytes, by name, in order.
    """

    folder: Path
    shards: Mapping[str, int]


def list_jobs(settings: BuildSettings, task: str, split: str, *, work: Path) -> list[Job]:
    """The jobs of a split; with a sample size this draws the sample, which reads every record."""
    return settings.builder(task, work, splits=(split,)).jobs(split)


def divide(jobs: Sequence[Job], count: int) -> list[list[Job]]:
    """The jobs in at most `count` parts, as `datasets` divides them among processes: in order, the first ones longer.

    Example:
        >>> [len(part) for part in divide(jobs[:16], 3)]
        [6, 5, 5]
    """
    count = max(1, min(count, len(jobs)))
    size, longer = divmod(len(jobs), count)
    starts = [number * size + min(number, longer) for number in range(count + 1)]
    return [list(jobs[start:stop]) for start, stop in pairwise(starts)]


def build_part(settings: BuildSettings, task: str, split: str, jobs: Sequence[Job], *, work: Path) -> Part:
    """Build the examples of some jobs into a new folder below `work`, which no other attempt writes to."""
    datasets.disable_progress_bars()
    folder = work / uuid.uuid4().hex
    builder = settings.builder(task, folder, splits=(split,), jobs=tuple(jobs), report_dir=str(folder / "counts"))
    builder.download_and_prepare(str(folder / "data"), file_format="parquet")
    shards = sorted((folder / "data").glob("*.parquet"))
    return Part(folder, {path.name: path.stat().st_size for path in shards})


def join_parts(parts: Sequence[Part], work: Path) -> None:
    """Move shards, counts and lists of skipped records to `work/data` and `work/counts`, where a whole build has them.

    Raises:
        OutputError: Raised if a shard is not there.
    """
    data, counts = work / "data", work / "counts"
    data.mkdir(parents=True, exist_ok=True)
    counts.mkdir(exist_ok=True)
    for number, part in enumerate(parts):
        for place, (name, size) in enumerate(part.shards.items()):
            shard = part.folder / "data" / name
            if not shard.is_file() or shard.stat().st_size != size:
                raise OutputError(
                    f"A machine has written {shard}, but here the file is missing or of another size: "
                    "the output folder must be on a file system that all machines share."
                )
            shard.replace(data / f"{number:05d}-{place:05d}.parquet")
        for path in (part.folder / "counts").glob("[!.]*.json*"):
            if path.name != SKIPPED_FILE:
                path.replace(counts / path.name)
        shutil.rmtree(part.folder, ignore_errors=True)
    join_skipped(counts)
