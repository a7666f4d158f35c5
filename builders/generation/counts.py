"""Counts of generated examples and, by reason, of skipped records."""

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

__all__ = ["SKIP_REASONS", "JobCounts", "log_skipped", "read_counts", "write_counts"]

logger = logging.getLogger(__name__)

SKIP_REASONS: Mapping[type[InstrAugError], str] = {
    PictureError: "picture_missing_or_damaged",
    UnsafePathError: "unsafe_path",
    ExampleError: "repeated_id",
    SourceError: "bad_record",
}
"""The errors that `on_error="skip"` skips, most specific first, and how reports name them; others stop the build."""

_ERRORS = tuple(SKIP_REASONS.values())


@dataclass(slots=True)
class JobCounts:
    """How many examples one job has generated, and how many records it skipped, by reason."""

    task: str
    source: str
    split: str
    examples: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def log_skipped(counts: Sequence[JobCounts]) -> None:
    """Log one line with the number of skipped records by task and reason, if any were skipped.

    The level is WARNING, but INFO for a single shard that only skipped records unsuitable for the task: a stream reads
    shard by shard and would repeat the warning for each.
    """
    total: Counter[tuple[str, str, str]] = Counter()
    for count in counts:
        for reason, number in count.skipped.items():
            total[count.task, count.split, reason] += number
    if total:
        level = logging.WARNING if len(counts) > 1 or any(reason in _ERRORS for *_, reason in total) else logging.INFO
        parts = [f"{task} {split}: {number} {reason}" for (task, split, reason), number in sorted(total.items())]
        logger.log(level, "Skipped %d records (%s).", sum(total.values()), "; ".join(parts))


def write_counts(folder: str, job: Job, counts: JobCounts) -> None:
    """Write a job's counts to a folder, where those of all processes can be summed; a later run overwrites them."""
    target = Path(folder) / f"{counts.task}-{counts.source}-{counts.split}-{job.shard:05d}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    partial.write_text(json.dumps(_to_dict(counts)), encoding="utf-8")
    partial.replace(target)


def read_counts(folder: str | Path) -> list[JobCounts]:
    """The counts of all jobs in a folder, sorted by file name."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("[!.]*.json"))]
    return [JobCounts(**{**document, "skipped": Counter(document["skipped"])}) for document in documents]


def _to_dict(counts: JobCounts) -> Mapping[str, Any]:
    return {
        "task": counts.task,
        "source": counts.source,
        "split": counts.split,
        "examples": counts.examples,
        "skipped": dict(counts.skipped),
    }
