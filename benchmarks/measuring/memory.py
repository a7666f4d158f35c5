"""Memory of `DataLoader` workers, with and without augmentation, read from the kernel's books."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from .fixtures import World
from .table import Line

__all__ = ["memory"]

_WORKERS = 2
_BATCH = 32
_MOST_ROUNDS = 3


class Memory(NamedTuple):
    """Bytes of a process.

    Attributes:
        own: Pages that no other process has (USS).
        share: The same, and its share of common pages (PSS).
        peak: The most that was ever resident.
    """

    own: float
    share: float
    peak: float


def memory(world: World) -> list[Line]:
    """What augmentation adds to each worker that streams the examples, by start method."""
    return [_line(world, start) for start in ("fork", "spawn")]


def _line(world: World, start: str) -> Line:
    batches = max(_WORKERS, world.sizes.slow_rows // _BATCH)
    looks: dict[str | None, list[Memory]] = {None: [], world.pool_file: []}
    for _ in range(min(world.sizes.rounds, _MOST_ROUNDS)):
        for pool, found in looks.items():
            found += _look(world, start=start, pool=pool, batches=batches)
    plain, augmented = (Memory(*map(median, zip(*found, strict=True))) for found in looks.values())
    added = Memory(*(mine - other for mine, other in zip(augmented, plain, strict=True)))
    return Line(
        part="memory",
        what=f"added to each of {_WORKERS} workers, start method {start}",
        rows=batches * _BATCH,
        figure=f"{added.own / 1e6:+.1f} MB USS, {added.share / 1e6:+.1f} MB PSS",
        ratio=f"{added.peak / 1e6:+.1f} MB peak; without: {plain.own / 1e6:.0f} MB USS",
        key=f"memory.{start}",
        # What one more worker costs; the share also counts what the parent has for itself, with or without workers.
        number=added.own,
    )


def _look(world: World, **settings: Any) -> list[Memory]:
    """What each worker has, in a fresh process: forked workers share what their parent has."""
    # Without pictures: a worker holds tens of megabytes of them, now more and now less, which would drown the rest.
    settings |= {"workers": _WORKERS, "batch_size": _BATCH, "files": list(world.text_files)}
    program = Path(__file__).with_name("workers.py")
    command = [sys.executable, str(program), json.dumps(settings)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Memory(*look) for look in json.loads(printed)]
