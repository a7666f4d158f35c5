"""Measures building from raw files of real size: MSCOCO's instances_train2014.json, Visual Genome's relationships.json.

python benchmarks/build.py                                        # prints the table; writes 1.2 GB of temporary files
python benchmarks/build.py --output benchmarks/BUILD_RESULTS.md   # also writes it to a file
python benchmarks/build.py --baseline ../before                   # compares with a git worktree of another version
python benchmarks/build.py --processes                            # compares one process with two; writes 3 GB
python benchmarks/build.py --quick                                # small files, to check that it runs
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from measuring.baseline import comparison_table
from measuring.building import TASKS, BuildMeasurement, measure, measurements_table, targets_table
from measuring.processes import processes_table
from raw.instances import write_instances
from raw.regions import write_regions
from raw.relationships import write_relationships

_LIBRARIES = ("instraug-datasets", "datasets", "msgspec", "numpy")
_QUICK_FACTOR = 500
"""The factor by which the files of a quick run are smaller."""

_PHOTOS, _OBJECTS_PER_PHOTO = 8000, 7

_PROCESSES_NOTES = """\
A training split of generated pictures of 640 by 480 pixels is built into Parquet shards, each time in a fresh process,
in wall-clock time. The ratio means something only while nothing else uses the processors."""

_COMPARISON_NOTES = """\
Each version runs in fresh processes on the same generated files, in turn; figures are medians, ratios are medians of
the ratios of runs that follow each other. Speed is in records per second of processor time, from raw records to
examples without images."""

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
    command = " ".join(["python benchmarks/build.py", *(arguments or sys.argv[1:])])
    with _folder(options.files) as folder:
        if options.processes:
            text = _processes(options, folder, command=command)
            return _give(text, options.output)
        files = _write_files(folder, factor=_QUICK_FACTOR if options.quick else 1)
        if options.baseline:
            text = _comparison(options, folder, command=command)
        else:
            measurements = [_measured(task, folder, files[kind]) for task, kind in TASKS.items()]
            text = _report(measurements, command=command)
    _give(text, options.output)


def _give(text: str, output: Path | None) -> None:
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure building from raw files of real size.")
    parser.add_argument("--quick", action="store_true", help="small files, to check that everything runs")
    parser.add_argument("--baseline", type=Path, help="the folder of another version, to compare with")
    parser.add_argument("--processes", action="store_true", help="compare one process with two")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each comparison, of which the median counts")
    parser.add_argument("--files", type=Path, help="a folder to keep the raw files in, which is read if it is there")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    return parser


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        yield Path(folder)


def _write_files(root: Path, *, factor: int) -> Mapping[str, Path]:
    """The raw files of the measured tasks, with as many records as the real ones, divided by `factor`.

    Region descriptions, which are only compared, are those of fewer images.
    """
    files = {
        "instances": root / "MSCOCO2014/annotations/instances_train2014.json",
        "relationships": root / "visual_genome/relationships.json",
        "regions": root / "visual_genome/region_descriptions.json",
    }
    if all(map(Path.exists, files.values())):
        return files
    _log("writing raw files ...")
    return {
        "instances": write_instances(root, pictures=82_783 // factor, objects=604_907 // factor),
        "relationships": write_relationships(root, pictures=108_077 // factor, relationships=2_316_104 // factor),
        "regions": write_regions(root, pictures=20_000 // factor),
    }


def _measured(task: str, data_dir: Path, file: Path) -> BuildMeasurement:
    _log(f"measuring {task} ...")
    return measure(task, data_dir, file)


def _log(line: str) -> None:
    print(line, file=sys.stderr)


def _comparison(options: argparse.Namespace, folder: Path, *, command: str) -> str:
    table = comparison_table(options.baseline, folder, rounds=options.rounds, log=_log)
    return f"# Building compared with another version\n\n{_setting(command)}.\n\n{table}\n\n{_COMPARISON_NOTES}\n"


def _processes(options: argparse.Namespace, folder: Path, *, command: str) -> str:
    photos = _PHOTOS // (_QUICK_FACTOR if options.quick else 1)
    if not (folder / "MSCOCO2014").exists():
        _log("writing pictures ...")
        write_instances(folder, pictures=photos, objects=photos * _OBJECTS_PER_PHOTO, photos=True)
    table = processes_table(folder, rounds=options.rounds)
    heading = "# Building with two processes compared with one"
    return f"{heading}\n\n{_setting(command)}.\n\n{table}\n\n{_PROCESSES_NOTES}\n"


def _setting(command: str) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"`{command}`: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def _report(measurements: Sequence[BuildMeasurement], *, command: str) -> str:
    imported = max(each.imported for each in measurements) / 1e6
    header = f"{_setting(command)}. {imported:.0f} MB of the memory are taken by imports alone."
    table = measurements_table(measurements)
    targets = targets_table(measurements)
    return f"# What building from big raw files costs\n\n{header}\n\n{table}\n\n{_NOTES}\n\n## Targets\n\n{targets}\n"


if __name__ == "__main__":
    main()
