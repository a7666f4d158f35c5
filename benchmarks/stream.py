"""Measures what augmentation costs, beside what people do without it: one table, one run, the same examples.

python benchmarks/stream.py                                   # prints the table
python benchmarks/stream.py --output benchmarks/RESULTS.md    # writes it too
python benchmarks/stream.py --quick --rows 400                # a few seconds; its numbers mean nothing
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import datasets
from measuring.disk import disk, startup
from measuring.examples import TASKS
from measuring.fixtures import POOL_SIZES, Sizes, World, build_world
from measuring.memory import memory
from measuring.rendering import growth, rendering
from measuring.streaming import streaming
from measuring.table import Line, table_text
from measuring.targets import checklist

_PARTS: Mapping[str, Callable[[World], list[Line]]] = {
    "rendering": rendering,
    "streaming": streaming,
    "disk": disk,
    "pool size": growth,
    "memory": memory,
    "start": startup,
}
_LIBRARIES = ("instraug-datasets", "datasets", "pyarrow", "numpy", "pandas", "torch")

_NOTES = """\
Rivals take turns in every round; figures are medians, overheads the median over rounds of the ratio within a round,
with the middle half of the rounds in brackets. Garbage of before is collected and frozen ahead of every run. Pictures
are never decoded: decoding would make every overhead look smaller. "Text in memory" is the worst case, in which nothing
but augmentation costs anything. `datasets` hands out single examples of an Arrow stream as one-row tables, which a
batched `map` happens to avoid; this is why that is faster than reading the stream as it is."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if asked to."""
    options = _parser().parse_args(arguments)
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        # What the libraries themselves might write goes where it is counted.
        tempfile.tempdir = folder
        datasets.config.HF_DATASETS_CACHE = Path(folder, "cache")
        world = build_world(Path(folder), _sizes(options.rows, quick=options.quick))
        lines = list(itertools.chain.from_iterable(_measured(name, world) for name in _PARTS))
    text = _report(lines, world, command=" ".join(["python benchmarks/stream.py", *(arguments or sys.argv[1:])]))
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what augmentation costs.")
    parser.add_argument("--rows", type=int, default=100_000, help="examples (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one round, to see that everything runs")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    return parser


def _sizes(rows: int, *, quick: bool) -> Sizes:
    return Sizes(rows=rows, slow_rows=max(1, rows // 10), slowest_rows=max(1, rows // 100), rounds=1 if quick else 7)


def _measured(name: str, world: World) -> list[Line]:
    print(f"measuring {name} ...", file=sys.stderr)
    return _PARTS[name](world)


def _report(lines: Sequence[Line], world: World, *, command: str) -> str:
    table = table_text(
        ("", "what", "rows", "measured", "beside"),
        [(line.part, line.what, f"{line.rows:,}", line.figure, line.ratio) for line in lines],
    )
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    header = (
        f"`{command}`: {world.sizes.rows:,} examples of {len(TASKS)} tasks in turn, pools of "
        f"{POOL_SIZES[1]} instructions a task where no other size is named, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {versions}."
    )
    return f"# What augmentation costs\n\n{header}\n\n{table}\n\n{_NOTES}\n\n## Targets\n\n{checklist(lines)}\n"


if __name__ == "__main__":
    main()
