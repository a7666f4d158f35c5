"""Lists of skipped records, one JSON line each, written per shard and joined at the end of a build."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from datasets.fingerprint import Hasher

from instraug_datasets.errors import InstrAugError, PictureError

from ..files.images import look_up_image
from ..rows import Row
from .config import RawConfig, data_root_for, rows_for
from .counts import SKIP_REASONS
from .jobs import Job

__all__ = ["SKIPPED_FILE", "OnSkip", "SkippedRecord", "join_skipped", "record_skips", "stamp_pictures"]

SKIPPED_FILE = "skipped.jsonl"


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record that gave no example.

    Attributes:
        file: The file that is to blame: a picture, or the annotations.
        key: The record's key in its source, as in unique ids.
        record: The position of the record in the file; empty if unknown.
        reason: The reason, as in the counts.
        problem: The message of the error; empty if the record is merely unsuitable for the task.
    """

    task: str
    source: str
    split: str
    file: str
    key: str
    record: str
    reason: str
    problem: str


OnSkip: TypeAlias = Callable[[SkippedRecord], None]


@contextmanager
def record_skips(folder: str | None, task: str, source: str, job: Job) -> Iterator[OnSkip | None]:
    """A function that lists skipped records of a job in a file of its own below `folder`; None without a folder."""
    if folder is None:
        yield None
        return
    target = Path(folder) / f"{task}-{source}-{job.split}-{job.shard:05d}.{SKIPPED_FILE}"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8") as lines:
            yield lambda skipped: print(json.dumps(asdict(skipped)), file=lines)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def join_skipped(folder: str | Path) -> Path:
    """Join the lists of all jobs in a folder as its `skipped.jsonl`, in the order of their names."""
    target = Path(folder) / SKIPPED_FILE
    with target.open("wb") as joined:
        for part in sorted(Path(folder).glob(f"[!.]*.{SKIPPED_FILE}")):
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, joined)
    return target


def stamp_pictures(config: RawConfig, split: str, skipped: Path) -> str:
    """A string that changes when a picture for which a record of the split was skipped is repaired or added.

    Args:
        skipped: A list of skipped records, of this and of other splits.
    """
    rows = {row.source.name: row for row in rows_for(config)}
    with skipped.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    pictures = {
        (record["source"], record["file"])
        for record in records
        if record["split"] == split and record["reason"] == SKIP_REASONS[PictureError] and record["source"] in rows
    }
    stamps = [(source, name, _stamp(config, rows[source], split, name)) for source, name in sorted(pictures)]
    return str(Hasher.hash(stamps))


def _stamp(config: RawConfig, row: Row, split: str, name: str) -> str:
    try:
        location = look_up_image(data_root_for(config, row), row.source.picture_folders(split), name)
    except InstrAugError:
        return ""
    return location.stamp() if location is not None else ""
