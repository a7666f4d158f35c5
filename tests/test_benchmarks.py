"""The benchmarks run from end to end; the measured numbers are not checked."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from instraug_datasets.axes import AXES

ROOT = Path(__file__).parents[1]
ROWS = 300

MEASURED = """
rendering | `augmenter(table)`, Arrow batches of 1000
rendering | `augmenter(example)`
rendering | research code: scan a DataFrame, evaluate an f-string
streaming | Parquet with pictures, Arrow batches of 1000: as it is
streaming | Parquet with pictures, Arrow batches of 1000: `augment`
streaming | Parquet with pictures, per example: as it is
streaming | Parquet with pictures, per example: `augment`
streaming | Parquet with pictures, per example: `.map(function)`
streaming | Parquet with pictures, per example: `.map(function, batched=True)`
streaming | text in memory, Arrow batches of 1000: as it is
streaming | text in memory, Arrow batches of 1000: `augment`
streaming | text in memory, per example: as it is
streaming | text in memory, per example: `augment`
streaming | text in memory, per example: `.map(function)`
streaming | text in memory, per example: `.map(function, batched=True)`
map-style | `dataset[i]`: as it is
map-style | `dataset[i]`: `augment`
map-style | `dataset[i]`: `with_transform(function)`, random.choice
map-style | batches of 32: as it is
map-style | batches of 32: `augment`
map-style | batches of 32: `with_transform(function)`, random.choice
disk | `augment`: every variant in its epoch; the whole stream, and the map-style data row by row
disk | `Dataset.map` to disk, 1 variant, with pictures
disk | `Dataset.map` to disk, 1 variant, without pictures
disk | `Dataset.map` to disk, 30 variants, with pictures
disk | `Dataset.map` to disk, 30 variants, without pictures
pool size | Arrow batches of 1000, 5 instructions per task
pool size | Arrow batches of 1000, 150 instructions per task
pool size | Arrow batches of 1000, 500 instructions per task
pool size | `augmenter(example)`, 5 instructions per task
pool size | `augmenter(example)`, 150 instructions per task
pool size | `augmenter(example)`, 500 instructions per task
pool size | map-style, `dataset[i]`, 5 instructions per task
pool size | map-style, `dataset[i]`, 150 instructions per task
pool size | map-style, `dataset[i]`, 500 instructions per task
memory | added to each of 2 workers, start method fork
memory | added to each of 2 workers, start method spawn
start | `augment(...)` to the first batch of 32, map-style, pool read from its file
start | `augment(...)` to the first batch of 32, streaming, pool read from its file
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report of a quick run."""
    path = tmp_path_factory.mktemp("benchmark") / "RESULTS.md"
    command = [sys.executable, "benchmarks/stream.py", "--quick", "--rows", str(ROWS), "--output", str(path)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def build_report(tmp_path_factory):
    """The report of a quick run of the build benchmark."""
    path = tmp_path_factory.mktemp("benchmark") / "BUILD_RESULTS.md"
    command = [sys.executable, "benchmarks/build.py", "--quick", "--output", str(path)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return path.read_text(encoding="utf-8")


def cells(report, columns):
    """The rows of the table with a given number of columns."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in report.splitlines() if line[:1] == "|"]
    return [row for row in rows if len(row) == columns][2:]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_one_run_measures_everything(report):
    """One table lists every way of making prompts, with a number for each."""
    rows = cells(report, 5)
    assert [f"{part} | {what}" for part, what, *_ in rows] == MEASURED.strip().splitlines()
    assert [row for row in rows if not re.search(r"\d", row[3])] == []


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_augmentation_writes_nothing(report):
    """Reading a whole augmented data set writes nothing to disk."""
    (row,) = (row for row in cells(report, 5) if row[1].startswith("`augment`: every variant"))
    assert row[3] == "0 bytes"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_every_target_has_a_verdict(report):
    """Every target is listed with its measurement and whether it is met."""
    verdicts = [row[3] for row in cells(report, 4)]
    assert len(verdicts) == 11
    assert set(verdicts) <= {"yes", "**no**"}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_the_build_benchmark_measures_whole_files(build_report):
    """Each task has a row with all records of its training split, and numbers for time, throughput and memory."""
    rows = cells(build_report, 10)
    assert [(row[0], row[2]) for row in rows] == [
        ("`object_grounding`", "165"),
        ("`region_object_selection`", "165"),
        ("`object_relationship`", "3,737"),
    ]
    assert [row for row in rows if not all(re.match(r"[\d,.]+", cell) for cell in row[1:])] == []
    assert {row[3] for row in cells(build_report, 4)} <= {"yes", "**no**"}
    assert len(cells(build_report, 4)) == 3


def test_the_pools_are_measured_and_their_readings_counted(tmp_path):
    """The tables have every version of the training pools, every axis, and the rates of graded sheets."""
    (tmp_path / "multiinstruct.csv").write_text("number,grade,instruction_id\n1,good,ITM/x\n2,bad,ITM/y\n", "utf-8")
    command = [
        sys.executable,
        "benchmarks/pools.py",
        "--readings",
        str(tmp_path),
        "--output",
        str(tmp_path / "POOLS.md"),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    text = (tmp_path / "POOLS.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+@\d)` \|", text, re.MULTILINE) == [
        "multiinstruct@1",
        "multiinstruct@2",
        "instructblip@1",
        "instructblip@2",
    ]
    assert "| `multiinstruct.csv` | 2 | 50.0% (9.5% to 90.5%) | 0.0% (0.0% to 65.8%) | 50.0% (9.5% to 90.5%) |" in text
    assert set(re.findall(r"^\| `(\w+)` \| \w+ \| [\d.]+%", text, re.MULTILINE)) == set(AXES)


def test_the_benchmark_of_commands_measures_each(tmp_path):
    """Each light command has a row with its processor time."""
    path = tmp_path / "COMMAND_RESULTS.md"
    command = [sys.executable, "benchmarks/commands.py", "--quick", "--output", str(path)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    rows = cells(path.read_text(encoding="utf-8"), 2)
    assert {"`instraug --help`", "`instraug tasks`", "`instraug pool report multiinstruct`"} <= {row[0] for row in rows}
    assert [row for row in rows if not re.fullmatch(r"[0-9.]+ s", row[1])] == []
