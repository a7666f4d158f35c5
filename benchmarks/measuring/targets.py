"""The targets, and whether a run meets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .streaming import AS_IT_IS, AUGMENT, CONTEST, LIMIT
from .table import TableRow, table_text

__all__ = ["TARGETS", "fastest_text", "targets_table"]

Numbers = Mapping[str, float]

_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Target:
    """A target.

    Attributes:
        what: What is measured.
        wanted: The limit.
        measure: Computes the number from those of a run, by key.
        form: The format string of a number.
        most: Whether the limit is the largest number allowed, and not the smallest.
        otherwise: Why a run may miss it.
    """

    what: str
    wanted: float
    measure: Callable[[Numbers], float]
    form: str
    most: bool = False
    otherwise: str = ""

    @property
    def wanted_text(self) -> str:
        """The limit, as text."""
        return f"at {'most' if self.most else 'least'} {self.form.format(self.wanted)}"

    def verdict(self, value: float) -> str:
        """Whether a number reaches the target, or why not."""
        reached = value <= self.wanted if self.most else value >= self.wanted
        return "yes" if reached else f"**no**{f': {self.otherwise}' if self.otherwise else ''}"


def _of(key: str, *, per: float = 1) -> Callable[[Numbers], float]:
    """The number of a row, in a unit."""
    return lambda numbers: numbers[key] / per


def _growth(key: str) -> Callable[[Numbers], float]:
    return lambda numbers: 100 * (numbers[f"growth.{key}.500"] - 1)


TARGETS = (
    Target(
        "per example, stream with undecoded pictures: `augment` beside the stream without it",
        3.0,
        _of(f"{CONTEST}{AUGMENT}"),
        "{:.2f}x",
    ),
    Target("the same, beside the version before", 3.5, _of("version.pictures, augment"), "{:.2f}x"),
    Target("the same, text in memory", 3.0, _of(f"stream.text.example.{AUGMENT}"), "{:.2f}x"),
    Target(
        "under a `DataLoader` with 2 workers, batches of 32, with pictures",
        2.0,
        _of(f"loader.pictures.{AUGMENT}"),
        "{:.2f}x",
        otherwise="handing batches of pictures from one process to another costs the same with prompts and without",
    ),
    Target("the same, text", 2.0, _of(f"loader.text.{AUGMENT}"), "{:.2f}x"),
    Target("map-style `dataset[i]`, beside the version before", 2.0, _of("version.index"), "{:.2f}x"),
    Target("map-style batches of 32, beside the version before", 4.0, _of("version.batches"), "{:.2f}x"),
    Target("rendering, Arrow batches of 1000, one core", 1.6, _of("rendering.arrow", per=1e6), "{:.2f} M rows/s"),
    Target(
        "the same, beside the research code",
        1000,
        lambda numbers: numbers["rendering.arrow"] / numbers["rendering.research"],
        "{:,.0f}x",
    ),
    Target(
        "overhead on a stream with pictures, Arrow", 5, _of(f"stream.pictures.arrow.{AUGMENT}"), "{:+.1f} %", most=True
    ),
    Target("growth from 5 to 500 instructions per task, Arrow", 5, _growth("arrow"), "{:+.1f} %", most=True),
    Target(
        "growth from 5 to 500 instructions per task, `augmenter(example)`",
        5,
        _growth("example"),
        "{:+.1f} %",
        most=True,
    ),
    Target(
        "growth from 5 to 500 instructions per task, map-style `dataset[i]`",
        5,
        _growth("index"),
        "{:+.1f} %",
        most=True,
    ),
    Target("memory added per spawned worker (USS)", 12, _of("memory.spawn", per=_MEGABYTE), "{:.1f} MB", most=True),
    Target("memory added per forked worker (USS)", 6, _of("memory.fork", per=_MEGABYTE), "{:.1f} MB", most=True),
    Target("bytes written by augmentation", 0, _of("disk.augment"), "{:.0f}", most=True),
    Target(
        "`import instraug_datasets` beside `import datasets`",
        1.1,
        _of("import.instraug_datasets"),
        "{:.2f}x",
        most=True,
    ),
    Target("`from instraug_datasets import augment` beside the same", 1.1, _of("import.augment"), "{:.2f}x", most=True),
    Target("`augment` to the first batch, streaming", 0.1, _of("startup.stream"), "{:.3f} s", most=True),
    Target("`augment` to the first batch, map-style", 0.1, _of("startup.map"), "{:.3f} s", most=True),
    Target(
        "resume deep inside a Parquet stream, beside the stream without it",
        1.1,
        _of("resume.`augment`"),
        "{:.2f}x",
        most=True,
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
        rows.append((target.what, target.wanted_text, target.form.format(value), target.verdict(value)))
    return table_text(("target", "wanted", "measured", "reached, or why not"), rows)


def fastest_text(lines: Sequence[TableRow]) -> str:
    """Which ways to get prompts are faster per example than `augment`; empty if they were not measured."""
    rates = {line.key.removeprefix(CONTEST): line.rate for line in lines if line.key.startswith(CONTEST)}
    if AUGMENT not in rates:
        return ""
    faster = [name for name, rate in rates.items() if rate > rates[AUGMENT] and name not in (AS_IT_IS, LIMIT)]
    if not faster:
        return "Of all ways to get prompts from the stream with pictures, `augment` is the fastest per example."
    return f"Faster than `augment` per example on the stream with pictures: {'; '.join(faster)}."
