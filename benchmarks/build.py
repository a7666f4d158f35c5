"""Measures building from raw files of real size: MSCOCO's instances_train2014.json, Visual Genome's relationships.json.

python benchmarks/build.py                                        # prints the table; writes 1.2 GB of temporary files
python benchmarks/build.py --output benchmarks/BUILD_RESULTS.md   # also writes it to a file
python benchmarks/build.py --quick                                # small files, to check that it runs
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from measuring.building import TASKS, BuildMeasurement, measure, measurements_table, targets_table
from raw.instances import write_instances
from raw.relationships import write_relationships

_LIBRARIES = ("instraug-datasets", "datasets", "msgspec", "numpy")
_QUICK_FACTOR = 500
"""The factor by which the files of a quick run are smaller."""

_NOTES = """\
The files are generated, in the layouts and sizes of the real ones, and are in the page cache, because they have just
been written. Every figure is measured in a fresh process, in wall-clock time, after this package has been imported;
imports of `datasets` on the first stream are included. First examples include their image, undecoded; a sample is drawn
from all records first. Throughput is from raw records to examples without images, over the whole training split, which
is 80 % of Visual Genome, and excludes opening the file. Peak memory is the resident set, including pages of the mapped
raw file, which the kernel may drop; anonymous memory excludes them and is sampled ten times a second."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the report, and write it to a file if requested."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        _log("writing raw files ...")
        files = _write_files(Path(folder), factor=_QUICK_FACTOR if options.quick else 1)
        measurements = [_measured(task, Path(folder), files[kind]) for task, kind in TASKS.items()]
    text = _report(measurements, command=" ".join(["python benchmarks/build.py", *(arguments or sys.argv[1:])]))
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure building from raw files of real size.")
    parser.add_argument("--quick", action="store_true", help="small files, to check that everything runs")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    return parser


def _write_files(root: Path, *, factor: int) -> Mapping[str, Path]:
    """The raw files of the measured tasks, with as many records as the real ones, divided by `factor`."""
    return {
        "instances": write_instances(root, pictures=82_783 // factor, objects=604_907 // factor),
        "relationships": write_relationships(root, pictures=108_077 // factor, relationships=2_316_104 // factor),
    }


def _measured(task: str, data_dir: Path, file: Path) -> BuildMeasurement:
    _log(f"measuring {task} ...")
    return measure(task, data_dir, file)


def _log(line: str) -> None:
    print(line, file=sys.stderr)


def _report(measurements: Sequence[BuildMeasurement], *, command: str) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    imported = max(each.imported for each in measurements) / 1e6
    header = (
        f"`{command}`: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}. {imported:.0f} MB of the memory are taken by imports alone."
    )
    table = measurements_table(measurements)
    targets = targets_table(measurements)
    return f"# What building from big raw files costs\n\n{header}\n\n{table}\n\n{_NOTES}\n\n## Targets\n\n{targets}\n"


if __name__ == "__main__":
    main()
