"""What became of the records: counts of examples and, by reason, of what was skipped."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instraug_datasets.errors import ExampleError, InstrAugError, PictureError, SourceError, UnsafePathError

from .jobs import Job

__all__ = ["REASONS", "Count", "log_skipped", "read_counts", "write_count"]

logger = logging.getLogger(__name__)

REASONS: Mapping[type[InstrAugError], str] = {
    PictureError: "picture_missing_or_damaged",
    UnsafePathError: "unsafe_path",
    ExampleError: "repeated_id",
    SourceError: "bad_record",
}
"""What can be wrong with one record, most specific first; anything else stops the build whatever `on_error` says."""

BAD = tuple(REASONS.values())


@dataclass(slots=True)
class Count:
    """What one job came to."""

    task: str
    source: str
    split: str
    examples: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def log_skipped(counts: Sequence[Count]) -> None:
    """One line with the number of skipped records by task and reason, if there are any.

    It is a warning, except that a single shard whose records are merely unfit for the task is no news: a stream works
    shard by shard, and would repeat it all along.
    """
    total: Counter[tuple[str, str, str]] = Counter()
    for count in counts:
        for reason, number in count.skipped.items():
            total[count.task, count.split, reason] += number
    if total:
        level = logging.WARNING if len(counts) > 1 or any(reason in BAD for *_, reason in total) else logging.INFO
        parts = [f"{task} {split}: {number} {reason}" for (task, split, reason), number in sorted(total.items())]
        logger.log(level, "Skipped %d records (%s).", sum(total.values()), "; ".join(parts))


def write_count(folder: str, job: Job, count: Count) -> None:
    """Leave a job's count in a folder, so that counts of several processes can be added up; a later run replaces it."""
    target = Path(folder) / f"{count.task}-{count.source}-{count.split}-{job.shard:05d}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    partial.write_text(json.dumps(_to_dict(count)), encoding="utf-8")
    partial.replace(target)


def read_counts(folder: str | Path) -> list[Count]:
    """The counts that jobs have left in a folder, by file name."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("[!.]*.json"))]
    return [Count(**{**document, "skipped": Counter(document["skipped"])}) for document in documents]


def _to_dict(count: Count) -> Mapping[str, Any]:
    return {
        "task": count.task,
        "source": count.source,
        "split": count.split,
        "examples": count.examples,
        "skipped": dict(count.skipped),
    }
