"""The targets, and whether a run meets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .table import TableRow, table_text

__all__ = ["TARGETS", "targets_table"]


@dataclass(frozen=True, slots=True)
class Target:
    """A target.

    Attributes:
        what: What is measured.
        wanted: The limit as text.
        measure: Computes the number from those of a run, by key.
        reached: Whether a number meets the target.
        unit: The format string of the number.
    """

    what: str
    wanted: str
    measure: Callable[[Mapping[str, float]], float]
    reached: Callable[[float], bool]
    unit: str


_MEGABYTE = 1e6


def _speed(overhead: float) -> float:
    """How many times as fast, from the change of the time in percent."""
    return 1 / (1 + overhead / 100)


TARGETS = (
    Target(
        "rendering, Arrow batches of 1000, one core",
        "at least 1.6 M rows/s",
        lambda n: n["rendering.arrow"] / 1e6,
        lambda value: value >= 1.6,
        "{:.2f} M rows/s",
    ),
    Target(
        "the same, compared with the research code",
        "at least 500x",
        lambda n: n["rendering.arrow"] / n["rendering.research"],
        lambda value: value >= 500,
        "{:,.0f}x",
    ),
    Target(
        "overhead on a stream with pictures, Arrow",
        "at most 5 %",
        lambda n: n["stream.pictures.arrow.`augment`"],
        lambda value: value <= 5,
        "{:+.1f} %",
    ),
    Target(
        "per example, stream with undecoded pictures: `augment` beside the stream without it",
        "at least 3x",
        lambda n: _speed(n["stream.pictures.example.`augment`"]),
        lambda value: value >= 3,
        "{:.2f}x",
    ),
    Target(
        "per example, text in memory: `augment` beside the stream without it",
        "at least 3x",
        lambda n: _speed(n["stream.text.example.`augment`"]),
        lambda value: value >= 3,
        "{:.2f}x",
    ),
    Target("bytes written by augmentation", "0", lambda n: n["disk.augment"], lambda value: value == 0, "{:.0f}"),
    Target(
        "first augmented batch (slower of map-style and streaming)",
        "at most 1 s",
        lambda n: max(n["startup.map"], n["startup.stream"]),
        lambda value: value <= 1,
        "{:.2f} s",
    ),
    Target(
        "memory added per worker (USS, maximum of fork and spawn)",
        "at most 20 MB",
        lambda n: max(n["memory.fork"], n["memory.spawn"]) / _MEGABYTE,
        lambda value: value <= 20,
        "{:.1f} MB",
    ),
    Target(
        "growth from 5 to 500 instructions per task, Arrow",
        "at most 10 %",
        lambda n: 100 * (n["growth.arrow.500"] - 1),
        lambda value: value <= 10,
        "{:+.1f} %",
    ),
    Target(
        "growth from 5 to 500 instructions per task, `augmenter(example)`",
        "at most 10 %",
        lambda n: 100 * (n["growth.example.500"] - 1),
        lambda value: value <= 10,
        "{:+.1f} %",
    ),
    Target(
        "growth from 5 to 500 instructions per task, map-style `dataset[i]`",
        "at most 10 %",
        lambda n: 100 * (n["growth.index.500"] - 1),
        lambda value: value <= 10,
        "{:+.1f} %",
    ),
)


def targets_table(lines: Sequence[TableRow]) -> str:
    """Every target with its measurement; those of parts that were not measured are left out."""
    numbers = {line.key: line.number for line in lines if line.key}
    rows = []
    for target in TARGETS:
        try:
            value = target.measure(numbers)
        except KeyError:
            continue
        rows.append(
            (target.what, target.wanted, target.unit.format(value), "yes" if target.reached(value) else "**no**")
        )
    return table_text(("target", "wanted", "measured", "reached"), rows)
