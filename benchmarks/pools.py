"""Measures the bundled pools: how different their wordings are, their styles, and what blind readers found.

python benchmarks/pools.py                                        # prints the tables
python benchmarks/pools.py --output benchmarks/POOL_RESULTS.md    # also writes them to a file
python benchmarks/pools.py --readings DIR                         # with the graded sheets of `instraug pool review`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from instraug_datasets import InstructionPool
from instraug_datasets.axes import style_counts
from instraug_datasets.evaluation.report import PAPER_FIGURES
from instraug_datasets.evaluation.review import read_sheet, review_rates
from instraug_datasets.evaluation.wordings import difference
from instraug_datasets.pool_files import bundled_pools

READINGS = Path(__file__).parent / "readings"
_BENCHMARKS = ("multiinstruct", "instructblip")

_DIFFERENCES = """\
Means over the training tasks; the worst task in brackets. Nearest: the share of words that an instruction and its
nearest neighbor in the task have in common (Jaccard index; labels, the word for the picture, case, punctuation and
order do not count). Repeated: instructions whose every sentence stands in another one. Openings: different first four
words per 150 instructions."""

_READINGS = """\
Random instructions, rendered on generated pictures and graded by a reader who had seen none of them before:
`instraug pool review POOL --sample N --seed S`, then `instraug pool review --read SHEET`. Stiff is what is right and
clear but nobody would put so; bad is what is wrong or unclear, or does not fit its answer. Intervals are Wilson's at
95 %."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, and write them to a file if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="write the tables to this file too")
    parser.add_argument("--readings", type=Path, default=READINGS, help="folder of graded sheets, <pool>.csv")
    options = parser.parse_args(arguments)
    text = "\n".join(_lines(options.readings)) + "\n"
    sys.stdout.write(text)
    if options.output is not None:
        options.output.write_text(text, encoding="utf-8")


def _lines(readings: Path) -> Iterator[str]:
    yield "# The bundled pools"
    yield ""
    yield "`python benchmarks/pools.py --output benchmarks/POOL_RESULTS.md`"
    yield ""
    yield from _differences()
    yield from _styles()
    yield from _readings(readings)
    yield from _paper()


def _differences() -> Iterator[str]:
    yield "## How different the wordings of a training task are"
    yield ""
    yield _DIFFERENCES
    yield ""
    yield "| pool | tasks | instructions a task | nearest, mean | nearest, max | repeated | openings |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for ref in (f"{name}@{version}" for name in _BENCHMARKS for version in bundled_pools()[name]):
        pool = InstructionPool.load(ref)
        found = [difference(listed) for listed in pool.values() if any(each.origin for each in listed)]
        mean = [sum(column) / len(found) for column in zip(*found, strict=True)]
        openings = [150 * each.openings / each.instructions for each in found]
        yield (
            f"| `{ref}` | {len(found)} | {mean[0]:.0f} ({min(each.instructions for each in found)}) "
            f"| {mean[1]:.2f} ({max(each.nearest_mean for each in found):.2f}) "
            f"| {mean[2]:.2f} ({max(each.nearest_max for each in found):.2f}) "
            f"| {mean[3]:.1%} ({max(each.repeated for each in found):.1%}) "
            f"| {sum(openings) / len(openings):.0f} ({min(openings):.0f}) |"
        )
    yield ""


def _styles() -> Iterator[str]:
    pools = [InstructionPool.load(name) for name in (*_BENCHMARKS, "heldout")]
    counts = [style_counts([each for listed in pool.values() for each in listed]) for pool in pools]
    yield "## Styles"
    yield ""
    yield "Instructions of each style; `instraug pool stats POOL --styles` counts them."
    yield ""
    yield "| axis | style | multiinstruct | instructblip | heldout |"
    yield "| --- | --- | --- | --- | --- |"
    for axis, values in counts[0].items():
        for value in values:
            shares = (f"{each[axis][value] / max(1, sum(each[axis].values())):.1%}" for each in counts)
            yield f"| `{axis}` | {value} | {' | '.join(shares)} |"
    yield ""


def _readings(folder: Path) -> Iterator[str]:
    sheets = sorted(folder.glob("*.csv"))
    if not sheets:
        return
    yield "## Blind readings"
    yield ""
    yield _READINGS
    yield ""
    yield "| sheet | instructions | good | stiff | bad |"
    yield "| --- | --- | --- | --- | --- |"
    for sheet in sheets:
        rates = dict(review_rates(read_sheet(sheet.read_text(encoding="utf-8"), place=str(sheet))))
        shares = (f"{each.given / each.total:.1%} ({each.low:.1%} to {each.high:.1%})" for each in rates.values())
        yield f"| `{sheet.name}` | {rates['good'].total} | {' | '.join(shares)} |"
    yield ""


def _paper() -> Iterator[str]:
    yield "## The paper's figures"
    yield ""
    yield "From the size log of its first code release (arXiv 2402.14492):"
    yield ""
    for name, figure in PAPER_FIGURES.items():
        yield f"- {name}: {figure}"


if __name__ == "__main__":
    main()
