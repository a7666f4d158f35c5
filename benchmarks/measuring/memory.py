"""Measures the memory of `DataLoader` workers with and without augmentation, as reported by the kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from .fixtures import Fixtures
from .table import TableRow

__all__ = ["memory"]

_WORKERS = 2
_BATCH = 32
_MAX_ROUNDS = 3


class Memory(NamedTuple):
    """The memory of a process in bytes.

    Attributes:
        uss: The unique set size: pages of this process only.
        pss: The proportional set size: USS plus a share of shared pages.
        peak: The peak resident set size.
    """

    uss: float
    pss: float
    peak: float


def memory(fixtures: Fixtures) -> list[TableRow]:
    """The memory that augmentation adds to each worker, by start method."""
    return [_row(fixtures, start) for start in ("fork", "spawn")]


def _row(fixtures: Fixtures, start: str) -> TableRow:
    batches = max(_WORKERS, fixtures.sizes.slow_rows // _BATCH)
    measured: dict[str | None, list[Memory]] = {None: [], fixtures.pool_file: []}
    for _ in range(min(fixtures.sizes.rounds, _MAX_ROUNDS)):
        for pool, found in measured.items():
            found += _run_workers(fixtures, start=start, pool=pool, batches=batches)
    plain, augmented = (Memory(*map(median, zip(*found, strict=True))) for found in measured.values())
    added = Memory(*(mine - other for mine, other in zip(augmented, plain, strict=True)))
    return TableRow(
        part="memory",
        what=f"added to each of {_WORKERS} workers, start method {start}",
        rows=batches * _BATCH,
        figure=f"{added.uss / 1e6:+.1f} MB USS, {added.pss / 1e6:+.1f} MB PSS",
        ratio=f"{added.peak / 1e6:+.1f} MB peak; without: {plain.uss / 1e6:.0f} MB USS",
        key=f"memory.{start}",
        # USS is the cost of one more worker; PSS also includes a share of the memory of the parent.
        number=added.uss,
    )


def _run_workers(fixtures: Fixtures, **settings: Any) -> list[Memory]:
    """The memory of each worker of a fresh process, because forked workers share the memory of their parent."""
    # Without images: a worker buffers a varying number of megabytes of them, which would hide the difference.
    settings |= {"workers": _WORKERS, "batch_size": _BATCH, "files": list(fixtures.text_files)}
    program = Path(__file__).with_name("workers.py")
    command = [sys.executable, str(program), json.dumps(settings)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Memory(*worker) for worker in json.loads(printed)]
