"""Measures the cost of augmentation and of the alternatives, on the same examples in one run.

python benchmarks/stream.py                                   # prints the tables
python benchmarks/stream.py --output benchmarks/RESULTS.md    # also writes them, and a chart beside them
python benchmarks/stream.py --baseline 6d3eb31                # the commit that "the version before" is
python benchmarks/stream.py --only streaming map-style        # some parts alone, without the targets of the others
python benchmarks/stream.py --quick --rows 2000               # one round, to check that it runs

Other libraries are measured if they are installed: those of the extra `bench`, and litData in a folder of its own,
which `make bench` makes.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import datasets
from measuring.chart import Bar, chart
from measuring.disk import disk, startup
from measuring.examples import TASKS
from measuring.fixtures import POOL_SIZES, Fixtures, Sizes, make_fixtures
from measuring.importing import importing
from measuring.map_style import map_style
from measuring.memory import memory
from measuring.rendering import pool_size, rendering
from measuring.resuming import resuming
from measuring.streaming import AS_IT_IS, AUGMENT, CONTEST, LIMIT, loading, streaming
from measuring.table import TableRow, table_text
from measuring.targets import fastest_text, targets_table
from measuring.versions import compared_with_commit

_PARTS: Mapping[str, Callable[[Fixtures], list[TableRow]]] = {
    "rendering": rendering,
    "streaming": streaming,
    "loader": loading,
    "map-style": map_style,
    "resume": resuming,
    "disk": disk,
    "pool size": pool_size,
    "memory": memory,
    "start": startup,
    "import": importing,
}
_VERSIONS = "versions"
_BASELINE = "6d3eb31"
_LIBRARIES = ("instraug-datasets", "datasets", "pyarrow", "numpy", "pandas", "torch")

_TITLE = "Examples per second from the same stream of examples with undecoded pictures"
_CHART = "results.svg"
_NOTES = """\
Alternatives are measured in turn in every round. Figures are medians; ratios are the median over rounds of the ratio
within a round, with the interquartile range in brackets. Garbage is collected and frozen before every run. Images are
never decoded, because decoding would make every overhead look smaller. "Text in memory" is the worst case, in which
only augmentation costs time. `datasets` yields single examples of an Arrow stream as one-row tables, which `augment`
and a batched `map` avoid; this is why they are faster than reading the stream as it is.

Other libraries read the same examples from a local disk, in the format that their documentation recommends, each in a
process of its own without workers, with the function that a user would write: choose an instruction of the task at
random, shuffle the options, and put the fields in. Starting an epoch is on their clock, writing their format is not.
The research code runs on fewer rows, because it is slow. `augment` also keeps choices the
same whatever the order, the workers and the resume, and gives another wording in every epoch.

litData needs an older python-dateutil than our environment has, and gets it in a folder of its own. MosaicML streaming
0.13.0 is left out: it asks for numpy below 2.2, resolves only with transformers 4 and huggingface-hub 0.36, and imports
transformers and torchvision at once; none of these is what this package runs with."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the report, and write it to a file if requested."""
    options = _parser().parse_args(arguments)
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        # Files that the libraries write are counted, too.
        tempfile.tempdir = folder
        datasets.config.HF_DATASETS_CACHE = Path(folder, "cache")
        fixtures = make_fixtures(Path(folder), _sizes(options.rows, quick=options.quick))
        lines = [line for name in options.only for line in _measured(name, fixtures, options.baseline)]
    text = _report(lines, fixtures, command=" ".join(["python benchmarks/stream.py", *(arguments or sys.argv[1:])]))
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
        if bars := _bars(lines):
            options.output.with_name(_CHART).write_text(chart(bars, _TITLE), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what augmentation costs.")
    parser.add_argument("--rows", type=int, default=100_000, help="examples (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one round, to check that everything runs")
    parser.add_argument("--baseline", default=_BASELINE, help="the commit to compare with (default: %(default)s)")
    parts = [*_PARTS, _VERSIONS]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, help="parts to measure")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    return parser


def _sizes(rows: int, *, quick: bool) -> Sizes:
    return Sizes(rows=rows, slow_rows=max(1, rows // 10), slowest_rows=max(1, rows // 100), rounds=1 if quick else 5)


def _measured(name: str, fixtures: Fixtures, baseline: str) -> list[TableRow]:
    print(f"measuring {name} ...", end=" ", flush=True, file=sys.stderr)
    start = time.perf_counter()
    lines = compared_with_commit(baseline, fixtures) if name == _VERSIONS else _PARTS[name](fixtures)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    return lines


def _bars(lines: Sequence[TableRow]) -> list[Bar]:
    """What the chart shows: everything that reads the stream with pictures example by example."""
    names = {line.key.removeprefix(CONTEST): line.rate for line in lines if line.key.startswith(CONTEST)}
    return [Bar(name, rate, name == AUGMENT, name not in (AS_IT_IS, LIMIT)) for name, rate in names.items()]


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
    picture = f"![{_TITLE}]({_CHART})" if _bars(lines) else ""
    parts = [
        "# What augmentation costs",
        header,
        f"## Targets\n\n{targets_table(lines)}",
        picture,
        fastest_text(lines),
        f"## Everything measured\n\n{table}",
        _NOTES,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


if __name__ == "__main__":
    main()
