"""Building tasks from big raw files: how soon the first example is there, how fast the rest, and with what memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .table import table_text

__all__ = ["SAMPLE", "TASKS", "Reading", "checklist", "measure", "reading_table"]

TASKS = {
    "object_grounding": "instances",
    "region_object_selection": "instances",
    "object_relationship": "relationships",
}
"""The tasks that are measured, and the raw file that each is made from."""

SAMPLE = 1000
"""The size of the sample that `instraug build` takes where nothing else is said."""

_LOOK_EVERY = 0.1  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was measured of one task.

    Attributes:
        size: Bytes of the raw file.
        examples: What the records gave.
        tenths: Seconds that each tenth of the records took.
        first: Seconds to the first example of a stream.
        first_of_sample: The same, of a stream of a sample.
        imported: Resident bytes before anything was read.
        peak: The most bytes that were ever resident, pages of the raw file included.
        anonymous: The most bytes that belonged to no file.
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
        """Records a second, opening the file not counted."""
        return self.records / sum(self.tenths)

    @property
    def pace(self) -> float:
        """How fast the last tenth went, of the first tenth's speed."""
        return self.tenths[0] / self.tenths[-1]


def measure(task: str, data_dir: Path, file: Path) -> Reading:
    """Look at one task, each time in a fresh process."""
    settings: dict[str, Any] = {"task": task, "data_dir": str(data_dir)}
    looks = [
        _look(look="first", **settings),
        _look(look="first", num_examples=SAMPLE, **settings),
        _look(look="whole", **settings),
    ]
    stream, sample, whole = looks
    return Reading(
        task=task,
        size=file.stat().st_size,
        **{name: whole[name] for name in ("records", "examples", "tenths", "imported")},
        first=stream["seconds"],
        first_of_sample=sample["seconds"],
        peak=max(look["peak"] for look in looks),
        anonymous=max(look["anonymous"] for look in looks),
    )


def reading_table(readings: Sequence[Reading]) -> str:
    """What was measured, a line a task."""
    heads = (
        "task",
        "raw file",
        "records",
        "examples",
        "first example",
        f"first of a sample of {SAMPLE:,}",
        "throughput",
        "last tenth beside the first",
        "peak memory",
        "of it anonymous",
    )
    return table_text(heads, [_cells(each) for each in readings])


def _cells(each: Reading) -> tuple[str, ...]:
    return (
        f"`{each.task}`",
        f"{each.size / 1e6:,.0f} MB",
        f"{each.records:,}",
        f"{each.examples:,}",
        f"{each.first:.1f} s",
        f"{each.first_of_sample:.1f} s",
        f"{each.rate / 1e3:,.1f} k records/s",
        f"{each.pace:.2f}x",
        f"{each.peak / 1e6:,.0f} MB",
        f"{each.anonymous / 1e6:,.0f} MB",
    )


@dataclass(frozen=True, slots=True)
class _Target:
    """A number that the worst of all tasks must reach.

    Attributes:
        number: What counts of one task; the more the worse.
        limit: The most that is good enough.
        written: How a number is written.
    """

    what: str
    wanted: str
    number: Callable[[Reading], float]
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
        "speed of the last tenth, of the first tenth's",
        "at least 0.8x",
        lambda each: 1 / each.pace,
        1 / 0.8,
        lambda value: f"{1 / value:.2f}x",
    ),
)


def checklist(readings: Sequence[Reading]) -> str:
    """Every target beside the worst that was measured."""
    rows = []
    for target in _TARGETS:
        worst = max(readings, key=target.number)
        value = target.number(worst)
        verdict = "yes" if value <= target.limit else "**no**"
        rows.append((target.what, target.wanted, f"{target.written(value)} (`{worst.task}`)", verdict))
    return table_text(("target", "wanted", "worst measured", "reached"), rows)


def _look(**settings: Any) -> dict[str, Any]:
    """What `reading.py` prints, and the most anonymous memory that was seen from outside meanwhile."""
    program = Path(__file__).with_name("reading.py")
    command = [sys.executable, str(program), json.dumps(settings)]
    anonymous = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            anonymous = max(anonymous, _anonymous(process.pid))
            time.sleep(_LOOK_EVERY)
        printed, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {**json.loads(printed), "anonymous": anonymous}


def _anonymous(pid: int) -> int:
    """The anonymous memory of a process in bytes; 0 for one that is just ending."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))
