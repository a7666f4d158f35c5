"""The benchmarks run from end to end; the measured numbers are not checked."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from instraug_datasets.axes import AXES

ROOT = Path(__file__).parents[1]

CONTESTANTS = (
    "`datasets`, as it is, no prompts",
    "`augment`",
    "`.map(function)`",
    "`.map(function, batched=True)`",
    "map-style, `with_transform` and `random.choice`",
    "`Dataset.map` to disk, then read",
    "research code in `.map`",
    "the limit: Arrow batches, no prompts",
)


def measure(script, path, *options):
    """The report of the smallest run of a benchmark."""
    command = [sys.executable, f"benchmarks/{script}.py", "--quick", *options, "--output", str(path)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return path.read_text(encoding="utf-8")


PARTS = ("rendering", "streaming", "loader", "map-style", "resume", "disk", "pool size", "memory", "start")
"""The parts of the stream's benchmark that fill the long table."""


@pytest.fixture(scope="module")
def stream_folder(tmp_path_factory):
    """The folder with the report and the chart of a quick run of everything that needs no history."""
    path = tmp_path_factory.mktemp("benchmark") / "RESULTS.md"
    measure("stream", path, "--rows", "300", "--only", *PARTS, "import")
    return path.parent


@pytest.fixture(scope="module")
def build_report(tmp_path_factory):
    """The report of a quick run of the build benchmark."""
    return measure("build", tmp_path_factory.mktemp("benchmark") / "BUILD_RESULTS.md")


def cells(report, columns):
    """The rows of the table with a given number of columns."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in report.splitlines() if line[:1] == "|"]
    return [row for row in rows if len(row) == columns][2:]


def test_a_quick_run_prints_figures_and_targets(tmp_path):
    """A part alone has its rows, with a number each, and the verdicts on its targets."""
    report = measure("stream", tmp_path / "RESULTS.md", "--rows", "100", "--only", "rendering")
    rows = cells(report, 5)
    assert [row[1] for row in rows] == [
        "`augmenter(table)`, Arrow batches of 1000",
        "`augmenter(example)`",
        "research code: scan a DataFrame, evaluate an f-string",
    ]
    assert [row for row in rows if not re.search(r"\d", row[3])] == []
    verdicts = [row[3] for row in cells(report, 4)]
    assert len(verdicts) == 2
    assert all(re.match(r"yes$|\*\*no\*\*: \w", verdict) for verdict in verdicts)


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_one_run_measures_everything(stream_folder):
    """All ways of making prompts from a stream stand in the table and in the chart, and all targets have a verdict."""
    report = (stream_folder / "RESULTS.md").read_text(encoding="utf-8")
    prefix = "Parquet with pictures, per example: "
    measured = {row[1].removeprefix(prefix) for row in cells(report, 5) if row[1].startswith(prefix)}
    assert measured >= set(CONTESTANTS)
    assert {row[0] for row in cells(report, 5)} == set(PARTS)
    assert len(cells(report, 4)) == 18
    chart = ElementTree.parse(stream_folder / "results.svg").getroot()
    names = {each.text for each in chart.iter("{http://www.w3.org/2000/svg}text")}
    assert names >= {name.replace("`", "") for name in CONTESTANTS}


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_augmentation_writes_nothing(stream_folder):
    """Reading a whole augmented data set writes nothing to disk."""
    report = (stream_folder / "RESULTS.md").read_text(encoding="utf-8")
    (row,) = (row for row in cells(report, 5) if row[1].startswith("`augment`: every variant"))
    assert row[3] == "0 bytes"


@pytest.mark.full
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


@pytest.mark.full
def test_the_benchmark_of_commands_measures_each(tmp_path):
    """Each light command has a row with its processor time."""
    rows = cells(measure("commands", tmp_path / "COMMAND_RESULTS.md"), 2)
    assert {"`instraug --help`", "`instraug tasks`", "`instraug pool report multiinstruct`"} <= {row[0] for row in rows}
    assert [row for row in rows if not re.fullmatch(r"[0-9.]+ s", row[1])] == []
