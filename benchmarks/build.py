"""Measures building from raw files of real size: MSCOCO's instances_train2014.json, Visual Genome's relationships.json.

python benchmarks/build.py                                        # prints the table; writes 1.2 GB of temporary files
python benchmarks/build.py --output benchmarks/BUILD_RESULTS.md   # writes it too
python benchmarks/build.py --quick                                # small files; its numbers mean nothing
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

from measuring.building import TASKS, Reading, checklist, measure, reading_table
from raw.instances import write_instances
from raw.relationships import write_relationships

_LIBRARIES = ("instraug-datasets", "datasets", "msgspec", "numpy")
_QUICK = 500
"""By so much smaller are the files of a quick run."""

_NOTES = """\
The files are made up, in the layouts and of the sizes of the real ones; they lie in the page cache, as they have just
been written. Every figure is taken in a fresh process, on the wall clock, after the imports of this package; what
`datasets` imports when it first streams counts. First examples come with their picture, undecoded; a sample is drawn
from all records first. Throughput is from raw records to examples without their pictures, over the whole training
split, which is eight tenths of Visual Genome; opening the file is not part of it. Peak memory is what the kernel
counts as resident, with the pages of the mapped raw file, which it may drop at any time; anonymous memory is the
rest, looked at ten times a second."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if asked to."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        _say("writing raw files ...")
        files = _write_files(Path(folder), parts=_QUICK if options.quick else 1)
        readings = [_measured(task, Path(folder), files[kind]) for task, kind in TASKS.items()]
    text = _report(readings, command=" ".join(["python benchmarks/build.py", *(arguments or sys.argv[1:])]))
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure building from raw files of real size.")
    parser.add_argument("--quick", action="store_true", help="small files, to see that everything runs")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    return parser


def _write_files(root: Path, *, parts: int) -> Mapping[str, Path]:
    """The files that the tasks are made from; as many records as the real ones have, or one in so many parts."""
    return {
        "instances": write_instances(root, pictures=82_783 // parts, objects=604_907 // parts),
        "relationships": write_relationships(root, pictures=108_077 // parts, relationships=2_316_104 // parts),
    }


def _measured(task: str, data_dir: Path, file: Path) -> Reading:
    _say(f"measuring {task} ...")
    return measure(task, data_dir, file)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _report(readings: Sequence[Reading], *, command: str) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    imported = max(each.imported for each in readings) / 1e6
    header = (
        f"`{command}`: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}. {imported:.0f} MB of the memory are taken by imports alone."
    )
    table = reading_table(readings)
    targets = checklist(readings)
    return f"# What building from big raw files costs\n\n{header}\n\n{table}\n\n{_NOTES}\n\n## Targets\n\n{targets}\n"


if __name__ == "__main__":
    main()
