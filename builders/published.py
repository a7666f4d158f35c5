"""The folder of a built task: replaced whole, by one build at a time, with a marker for every finished split."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from instraug_datasets.errors import OutputError

from .generation.skipped import SKIPPED_FILE

__all__ = ["Built", "Marker", "TaskFolder", "lock_task"]

_log = logging.getLogger(__name__)


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


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a finished split.

    Attributes:
        key: Identifies the settings and the raw files.
        pictures: Identifies the state of the pictures for which records were skipped.
        shards: The size of each shard in bytes, by name.
        settings: What the user chose, by name, to say what differs.
    """

    key: str
    pictures: str
    shards: dict[str, int]
    built: Built
    settings: dict[str, Any] = {}


@contextmanager
def lock_task(output: Path, task: str) -> Iterator[None]:
    """Hold the lock of a task's folder; another build of the task into the same output waits until it is released.

    Raises:
        OutputError: Raised if the output folder cannot be written to.
    """
    lock = FileLock(output / f".{task}.lock")
    try:
        output.mkdir(parents=True, exist_ok=True)
        _acquire(lock, output, task)
    except OSError as error:
        raise OutputError(f"Cannot write to the output folder {output}: {error}") from error
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: FileLock, output: Path, task: str) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _log.warning("Waiting for another build of %s into %s.", task, output)
        lock.acquire()


class TaskFolder:
    """The folder `output/task`, to be used under its lock.

    A split is published by renaming a complete new folder, so that nobody ever sees some of its shards.
    """

    def __init__(self, output: Path, task: str) -> None:
        self.path = output / task
        self._replaced = output / f".replaced-{task}"

    def recover(self) -> None:
        """Restore the folder if a build was killed between the two renames that replace it."""
        if self._replaced.exists() and not self.path.exists():
            self._replaced.rename(self.path)
        shutil.rmtree(self._replaced, ignore_errors=True)

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Refuse to replace finished splits that were built with other settings.

        Raises:
            OutputError: Raised if there is such a split.
        """
        for path in sorted(self.path.glob(".*.json")):
            split = path.name[1:].removesuffix(".json")
            marker = self.read_marker(split)
            before = marker.settings if marker else {}
            differing = [name for name, value in before.items() if settings.get(name) != value]
            if differing:
                old, new = (
                    ", ".join(f"{name}={values.get(name)!r}" for name in differing) for values in (before, settings)
                )
                raise OutputError(
                    f"The split {split} in {str(self.path)!r} was built with {old}, but now {new} is asked for. "
                    "Build into another folder, or replace it with --force or force=True."
                )

    def read_marker(self, split: str) -> Marker | None:
        """The marker of a finished split; None unless all its shards have the sizes that it names."""
        try:
            marker = msgspec.json.decode(self._marker(split).read_bytes(), type=Marker)
            sizes = {name: (self.path / name).stat().st_size for name in marker.shards}
        except (OSError, ValueError):
            return None
        return marker if sizes == marker.shards and (self.path / SKIPPED_FILE).is_file() else None

    def publish(self, marker: Marker, shards: Sequence[Path], skipped: Path, *, work: Path) -> None:
        """Replace a split by new shards and its lines in the list of skipped records.

        Args:
            marker: The marker, whose `shards` are filled in.
            work: An unused folder on the same file system.
        """
        split = marker.built.split
        fresh = self._copy(work)
        for old in fresh.glob(f"{split}-*-of-*.parquet"):
            old.unlink()
        names = [f"{split}-{number:05d}-of-{len(shards):05d}.parquet" for number in range(len(shards))]
        for shard, name in zip(shards, names, strict=True):
            shard.replace(fresh / name)
        _replace_lines(fresh / SKIPPED_FILE, split, skipped)
        sizes = {name: (fresh / name).stat().st_size for name in names}
        _write(fresh / self._marker(split).name, msgspec.json.encode(msgspec.structs.replace(marker, shards=sizes)))
        self._replace(fresh)

    def _marker(self, split: str) -> Path:
        # Hidden, so that `datasets.load_dataset(folder)` finds Parquet files only.
        return self.path / f".{split}.json"

    def _copy(self, work: Path) -> Path:
        """A copy of the folder that shares the content of its files."""
        if self.path.exists():
            shutil.copytree(self.path, work, symlinks=True, copy_function=_link_or_copy)
        else:
            work.mkdir(parents=True)
        return work

    def _replace(self, fresh: Path) -> None:
        if self.path.exists():
            self.path.rename(self._replaced)
        fresh.rename(self.path)
        shutil.rmtree(self._replaced, ignore_errors=True)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _replace_lines(target: Path, split: str, written: Path) -> None:
    """Replace the lines of a split in the list of skipped records, which is one for all splits of a task."""
    kept = target.read_bytes().splitlines(keepends=True) if target.exists() else []
    others = [line for line in kept if _split_of(line) not in (split, None)]
    _write(target, b"".join([*others, written.read_bytes()]))


def _split_of(line: bytes) -> str | None:
    """The split of a line; None if it is damaged."""
    try:
        split: str = json.loads(line)["split"]
    except (ValueError, KeyError, TypeError):
        return None
    return split


def _write(target: Path, content: bytes) -> None:
    """Write a new file: the old one may be a link to a file that is still in use."""
    target.unlink(missing_ok=True)
    target.write_bytes(content)
