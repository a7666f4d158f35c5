"""The targets, and whether a run meets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .peers import PEERS
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
        otherwise: What limits it, printed by a run that misses it.
        most: Whether the limit is the largest number allowed, and not the smallest.
    """

    what: str
    wanted: float
    measure: Callable[[Numbers], float]
    form: str
    otherwise: str
    most: bool = False

    @property
    def wanted_text(self) -> str:
        """The limit, as text."""
        return f"at {'most' if self.most else 'least'} {self.form.format(self.wanted)}"

    def verdict(self, value: float) -> str:
        """Whether a number reaches the target, or why not."""
        reached = value <= self.wanted if self.most else value >= self.wanted
        return "yes" if reached else f"**no**: {self.otherwise}"


def _of(key: str, *, per: float = 1) -> Callable[[Numbers], float]:
    """The number of a row, in a unit."""
    return lambda numbers: numbers[key] / per


def _growth(key: str) -> Callable[[Numbers], float]:
    return lambda numbers: 100 * (numbers[f"growth.{key}.500"] - 1)


_ONE_BY_ONE = "making Python objects of the values of each row takes most of the time"
_HANDED_ON = "handing batches from one process to another takes most of the time, with prompts and without"

TARGETS = (
    Target(
        "per example, stream with undecoded pictures: `augment` beside the stream without it",
        3.0,
        _of(f"{CONTEST}{AUGMENT}"),
        "{:.2f}x",
        "reading the pictures from Parquet takes most of the time, as it does for the limit in the table below",
    ),
    Target(
        "the same, beside the version before",
        3.5,
        _of("version.pictures, augment"),
        "{:.2f}x",
        "reading the pictures from Parquet takes most of the time, in both versions",
    ),
    Target("the same, text in memory", 3.0, _of(f"stream.text.example.{AUGMENT}"), "{:.2f}x", _ONE_BY_ONE),
    Target(
        "under a `DataLoader` with 2 workers, batches of 32, with pictures",
        2.0,
        _of(f"loader.pictures.{AUGMENT}"),
        "{:.2f}x",
        _HANDED_ON,
    ),
    Target("the same, text", 2.0, _of(f"loader.text.{AUGMENT}"), "{:.2f}x", _HANDED_ON),
    Target("map-style `dataset[i]`, beside the version before", 2.0, _of("version.index"), "{:.2f}x", _ONE_BY_ONE),
    Target(
        "map-style batches of 32, beside the version before",
        4.0,
        _of("version.batches"),
        "{:.2f}x",
        "a third of the time gathers rows that lie apart, the rest fills prompts one by one",
    ),
    Target(
        "rendering, Arrow batches of 1000, one core",
        1.6,
        _of("rendering.arrow", per=1e6),
        "{:.2f} M rows/s",
        "Arrow's joining of pieces to texts, a fixed cost per batch and column, and the drawing share the time evenly",
    ),
    Target(
        "the same, beside the research code",
        1000,
        lambda numbers: numbers["rendering.arrow"] / numbers["rendering.research"],
        "{:,.0f}x",
        "as for the row above, since the research code is what it was",
    ),
    Target(
        "overhead on a stream with pictures, Arrow",
        5,
        _of(f"stream.pictures.arrow.{AUGMENT}"),
        "{:+.1f} %",
        "the files are in memory here, where reading a row takes hardly ten times as long as rendering it",
        most=True,
    ),
    *(
        Target(
            f"growth from 5 to 500 instructions per task, {how}",
            5,
            _growth(key),
            "{:+.1f} %",
            "texts of a hundred times as many instructions do not stay in the processor's cache",
            most=True,
        )
        for key, how in {"arrow": "Arrow", "example": "`augmenter(example)`", "index": "map-style `dataset[i]`"}.items()
    ),
    *(
        Target(
            f"memory added per {start}ed worker (USS)",
            wanted,
            _of(f"memory.{start}", per=_MEGABYTE),
            "{:.1f} MB",
            "the package's own modules, and the compiled pool as far as the worker writes to its pages",
            most=True,
        )
        for start, wanted in {"spawn": 12, "fork": 6}.items()
    ),
    Target(
        "bytes written by augmentation",
        0,
        _of("disk.augment"),
        "{:.0f}",
        "something was written below the caches while prompts were read",
        most=True,
    ),
    *(
        Target(
            f"`{statement}` beside `import datasets`",
            1.1,
            _of(f"import.{key}"),
            "{:.2f}x",
            "the modules for pools and rendering are imported, too",
            most=True,
        )
        for key, statement in {
            "instraug_datasets": "import instraug_datasets",
            "augment": "from instraug_datasets import augment",
        }.items()
    ),
    *(
        Target(
            f"`augment` to the first batch, {how}",
            0.1,
            _of(f"startup.{key}"),
            "{:.3f} s",
            "reading and compiling the pool takes longer than reading the first rows",
            most=True,
        )
        for key, how in {"stream": "streaming", "map": "map-style"}.items()
    ),
    Target(
        "resume deep inside a Parquet stream, beside the stream without it",
        1.1,
        _of("resume.`augment`"),
        "{:.2f}x",
        "a whole table is rendered before its first example is given",
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
    reasons = sorted({each.advantage for each in PEERS.values() if any(name.startswith(each.label) for name in faster)})
    return " ".join([f"Faster than `augment` per example on the stream with pictures: {'; '.join(faster)}.", *reasons])
