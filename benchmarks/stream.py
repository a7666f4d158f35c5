"""Measures the cost of augmentation and of the alternatives, on the same examples in one run.

python benchmarks/stream.py                                   # prints the table
python benchmarks/stream.py --output benchmarks/RESULTS.md    # also writes it to a file
python benchmarks/stream.py --baseline ../other               # beside another version, such as a git worktree
python benchmarks/stream.py --only streaming map-style        # some parts alone, without the targets of the others
python benchmarks/stream.py --quick --rows 400                # a few seconds, to check that it runs
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
from measuring.fixtures import POOL_SIZES, Fixtures, Sizes, make_fixtures
from measuring.map_style import map_style
from measuring.memory import memory
from measuring.rendering import pool_size, rendering
from measuring.streaming import streaming
from measuring.table import TableRow, table_text
from measuring.targets import targets_table
from measuring.versions import versions_table

_PARTS: Mapping[str, Callable[[Fixtures], list[TableRow]]] = {
    "rendering": rendering,
    "streaming": streaming,
    "map-style": map_style,
    "disk": disk,
    "pool size": pool_size,
    "memory": memory,
    "start": startup,
}
_LIBRARIES = ("instraug-datasets", "datasets", "pyarrow", "numpy", "pandas", "torch")

_NOTES = """\
Alternatives are measured in turn in every round. Figures are medians; overheads are the median over rounds of the ratio
within a round, with the interquartile range in brackets. Garbage is collected and frozen before every run. Images are
never decoded, because decoding would make every overhead look smaller. "Text in memory" is the worst case, in which
only augmentation costs time. `datasets` yields single examples of an Arrow stream as one-row tables, which `augment`
and a batched `map` avoid; this is why they are faster than reading the stream as it is."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the report, and write it to a file if requested."""
    options = _parser().parse_args(arguments)
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        # Files that the libraries write are counted, too.
        tempfile.tempdir = folder
        datasets.config.HF_DATASETS_CACHE = Path(folder, "cache")
        fixtures = make_fixtures(Path(folder), _sizes(options.rows, quick=options.quick))
        lines = list(itertools.chain.from_iterable(_measured(name, fixtures) for name in options.only))
        compared = "" if options.baseline is None else versions_table(options.baseline, fixtures)
    text = _report(lines, fixtures, command=" ".join(["python benchmarks/stream.py", *(arguments or sys.argv[1:])]))
    if compared:
        text += f"\n## Compared with another version\n\n{compared}\n"
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what augmentation costs.")
    parser.add_argument("--rows", type=int, default=100_000, help="examples (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one round, to check that everything runs")
    parser.add_argument("--baseline", type=Path, help="the folder of another version, to compare with")
    parser.add_argument("--only", nargs="+", choices=list(_PARTS), default=list(_PARTS), help="parts to measure")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    return parser


def _sizes(rows: int, *, quick: bool) -> Sizes:
    return Sizes(rows=rows, slow_rows=max(1, rows // 10), slowest_rows=max(1, rows // 100), rounds=1 if quick else 7)


def _measured(name: str, fixtures: Fixtures) -> list[TableRow]:
    print(f"measuring {name} ...", file=sys.stderr)
    return _PARTS[name](fixtures)


def _report(lines: Sequence[TableRow], fixtures: Fixtures, *, command: str) -> str:
    table = table_text(
        ("", "what", "rows", "measured", "compared"),
        [(line.part, line.what, f"{line.rows:,}", line.figure, line.ratio) for line in lines],
    )
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    header = (
        f"`{command}`: {fixtures.sizes.rows:,} examples of {len(TASKS)} alternating tasks, pools of "
        f"{POOL_SIZES[1]} instructions per task unless stated otherwise, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {versions}."
    )
    return f"# What augmentation costs\n\n{header}\n\n{table}\n\n{_NOTES}\n\n## Targets\n\n{targets_table(lines)}\n"


if __name__ == "__main__":
    main()
