"""Measures building tasks from large raw files: time to the first example, throughput and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .table import table_text

__all__ = ["SAMPLE", "TASKS", "BuildMeasurement", "measure", "measurements_table", "run_probe", "targets_table"]

TASKS = {
    "object_grounding": "instances",
    "region_object_selection": "instances",
    "object_relationship": "relationships",
}
"""The measured tasks, and the raw file of each."""

SAMPLE = 1000
"""The default sample size of `instraug build`."""

_POLL_INTERVAL = 0.1  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildMeasurement:
    """The measurements of one task.

    Attributes:
        size: The size of the raw file in bytes.
        records: The number of records.
        examples: The number of examples.
        tenths: The seconds for each tenth of the records.
        first: The seconds to the first example of a stream.
        first_of_sample: The seconds to the first example of a stream of a sample.
        imported: The resident memory after imports, in bytes.
        peak: The peak resident memory in bytes, including pages of the raw file.
        anonymous: The peak anonymous memory in bytes.
    """

    task: str
    size: int
    records: int
    examples: int
    tenths: Sequence[float]
    first: float
    first_of_sample: float
    imported: int
    peak: int
    anonymous: int

    @property
    def rate(self) -> float:
        """Records per second, excluding the opening of the file."""
        return self.records / sum(self.tenths)

    @property
    def relative_speed(self) -> float:
        """The speed of the last tenth, relative to the first."""
        return self.tenths[0] / self.tenths[-1]


def measure(task: str, data_dir: Path, file: Path) -> BuildMeasurement:
    """Measure one task, each probe in a fresh process."""
    settings: dict[str, Any] = {"task": task, "data_dir": str(data_dir)}
    probes = [
        run_probe(probe="first", **settings),
        run_probe(probe="first", num_examples=SAMPLE, **settings),
        run_probe(probe="whole", **settings),
    ]
    stream, sample, whole = probes
    return BuildMeasurement(
        task=task,
        size=file.stat().st_size,
        **{name: whole[name] for name in ("records", "examples", "tenths", "imported")},
        first=stream["seconds"],
        first_of_sample=sample["seconds"],
        peak=max(probe["peak"] for probe in probes),
        anonymous=max(probe["anonymous"] for probe in probes),
    )


def measurements_table(measurements: Sequence[BuildMeasurement]) -> str:
    """The measurements, one row per task."""
    heads = (
        "task",
        "raw file",
        "records",
        "examples",
        "first example",
        f"first of a sample of {SAMPLE:,}",
        "throughput",
        "last tenth vs. the first",
        "peak memory",
        "of that anonymous",
    )
    return table_text(heads, [_cells(each) for each in measurements])


def _cells(each: BuildMeasurement) -> tuple[str, ...]:
    return (
        f"`{each.task}`",
        f"{each.size / 1e6:,.0f} MB",
        f"{each.records:,}",
        f"{each.examples:,}",
        f"{each.first:.1f} s",
        f"{each.first_of_sample:.1f} s",
        f"{each.rate / 1e3:,.1f} k records/s",
        f"{each.relative_speed:.2f}x",
        f"{each.peak / 1e6:,.0f} MB",
        f"{each.anonymous / 1e6:,.0f} MB",
    )


@dataclass(frozen=True, slots=True)
class _Target:
    """A limit that every task must meet.

    Attributes:
        number: The number of one task; larger is worse.
        limit: The largest acceptable number.
        written: Formats a number.
    """

    what: str
    wanted: str
    number: Callable[[BuildMeasurement], float]
    limit: float
    written: Callable[[float], str]


_TARGETS = (
    _Target(
        "peak memory, pages of the raw file included",
        "under 1.5 GB",
        lambda each: each.peak / 1e9,
        1.5,
        "{:.2f} GB".format,
    ),
    _Target("first example of a stream", "at most 10 s", lambda each: each.first, 10, "{:.1f} s".format),
    _Target(
        "speed of the last tenth vs. the first",
        "at least 0.8x",
        lambda each: 1 / each.relative_speed,
        1 / 0.8,
        lambda value: f"{1 / value:.2f}x",
    ),
)


def targets_table(measurements: Sequence[BuildMeasurement]) -> str:
    """Every target with the worst measurement."""
    rows = []
    for target in _TARGETS:
        worst = max(measurements, key=target.number)
        value = target.number(worst)
        verdict = "yes" if value <= target.limit else "**no**"
        rows.append((target.what, target.wanted, f"{target.written(value)} (`{worst.task}`)", verdict))
    return table_text(("target", "wanted", "worst measured", "reached"), rows)


def run_probe(*, package: Path | None = None, **settings: Any) -> dict[str, Any]:
    """What `reading.py` prints, and the most anonymous memory that was seen from outside meanwhile.

    Args:
        package: The folder of another version of the package to measure.
    """
    program = Path(__file__).with_name("reading.py")
    command = [sys.executable, str(program), json.dumps(settings)]
    anonymous = 0
    environment = {**os.environ, "PYTHONPATH": str(package)} if package else None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        while process.poll() is None:
            anonymous = max(anonymous, _anonymous(process.pid))
            time.sleep(_POLL_INTERVAL)
        printed, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {**json.loads(printed), "anonymous": anonymous}


def _anonymous(pid: int) -> int:
    """The anonymous memory of a process in bytes; 0 if it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))
