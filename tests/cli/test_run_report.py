"""`instraug report run`: coverage and losses per task and wording, as a table, JSON and a page."""

import json

import pyarrow as pa
import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.evaluation import run_coverage
from instraug_datasets.instructions import instruction_id
from instraug_datasets.run_log import LOG_SCHEMA, RunLogWriter
from tests.cli.running import run

POOL = InstructionPool.from_dict(
    {"caption": ["Describe <b>it</b>.", "What is it?", "Name it."], "vqa": ["{question}"], "other": ["Do it."]}
)
CAPTIONS = [instruction_id("caption", each.text) for each in POOL["caption"]]
VQA = instruction_id("vqa", "{question}")
SEEN = [
    (1, 0, "caption", CAPTIONS[0], 4.0),
    (1, 0, "vqa", VQA, None),
    (2, 0, "caption", CAPTIONS[2], 2.0),
    (2, 0, None, None, 9.0),
    (3, 1, "caption", CAPTIONS[2], 1.0),
]


@pytest.fixture
def folder(tmp_path):
    """A run of two processes, the second one killed while it wrote."""
    for rank, rows in ((0, SEEN[:3]), (1, SEEN[3:])):
        writer = RunLogWriter(tmp_path / "instruction_log", rank=rank, ranks=2)
        writer.save_pool(POOL)
        writer.append(pa.Table.from_pylist([dict(zip(LOG_SCHEMA.names, row, strict=True)) for row in rows], LOG_SCHEMA))
    with (tmp_path / "instruction_log" / "rank-1.arrow").open("ab") as file:
        file.write(b"\xff\xff")
    return tmp_path


def test_a_table_of_tasks(capsys, folder):
    """Each task has what it saw of its pool and its most frequent wording; what is left out is told."""
    code, out, err = run(capsys, "report", "run", folder)
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["task", "examples", "seen", "pool", "never", "loss", "most", "often", "seen"],
        ["caption", "3", "2", "3", "1", "2.333", "2x", *POOL["caption"][2].text.split()],
        ["vqa", "1", "1", "1", "0", "-", "1x", "{question}"],
    ]
    assert err.splitlines() == [
        "5 examples in 3 steps and 2 epochs: 3 of 4 wordings seen; 1 example had none; "
        "no example of 1 other task of the pool.",
        "rank-1.arrow: the last 2 bytes are incomplete and left out, as a killed run leaves them.",
    ]


def test_the_wordings_of_a_task(capsys, folder):
    """The most frequent one comes first, those never seen last; an unknown task is named with what was meant."""
    code, out, _ = run(capsys, "report", "run", folder, "--task", "caption")
    assert code == 0
    listed = [line.rsplit(maxsplit=3) for line in out.splitlines() if line.strip()][1:]
    assert listed == [
        [POOL["caption"][2].text, "2", "1.500", "0.707"],
        [POOL["caption"][0].text, "1", "4.000", "-"],
        [POOL["caption"][1].text, "0", "-", "-"],
    ]
    code, _, err = run(capsys, "report", "run", folder, "--task", "captoin")
    assert (code, "did you mean 'caption'" in err.lower()) == (1, True), err


def test_json_and_a_page(capsys, folder, tmp_path):
    """JSON has every figure, and the page shows texts escaped."""
    page = tmp_path / "run.html"
    code, out, err = run(capsys, "report", "run", folder, "--json", "-o", page)
    assert (code, err.splitlines()[-1]) == (0, f"Report: {page}")
    assert out == run_coverage(folder).to_json() + "\n"
    read = json.loads(out)
    assert {name: read[name] for name in ("steps", "epochs", "ranks", "examples", "without_instruction")} == {
        "steps": 3,
        "epochs": 2,
        "ranks": 2,
        "examples": 5,
        "without_instruction": 1,
    }
    assert read["absent_tasks"] == ["other"]
    caption = read["tasks"][0]
    assert (caption["seen"], caption["never_seen"], caption["coverage"]) == (2, [CAPTIONS[1]], pytest.approx(2 / 3))
    html = page.read_text(encoding="utf-8")
    assert "Describe &lt;b&gt;it&lt;/b&gt;." in html
    assert "<b>it</b>" not in html
    assert html.count(">never<") == 1


def test_a_run_that_has_just_begun(capsys, tmp_path):
    """A log without rows is no error, a folder without a log is."""
    writer = RunLogWriter(tmp_path / "instruction_log")
    writer.save_pool(POOL)
    code, out, err = run(capsys, "report", "run", tmp_path, "-o", tmp_path / "run.html")
    assert (code, len(out.splitlines())) == (0, 1)
    assert err.startswith("0 examples in 0 steps and 0 epochs: 0 of 0 wordings seen")
    code, out, err = run(capsys, "report", "run", tmp_path / "none")
    assert (code, out) == (1, "")
    assert "has no log of instructions" in err


def test_a_run_that_goes_on_with_another_pool_keeps_both(tmp_path):
    """What was seen before stays known."""
    for step, text in ((0, "Describe it."), (1, "Name it.")):
        writer = RunLogWriter(tmp_path, step=step)
        writer.save_pool(InstructionPool.from_dict({"caption": [text]}))
        row = (step + 1, 0, "caption", instruction_id("caption", text), None)
        writer.append(pa.Table.from_pylist([dict(zip(LOG_SCHEMA.names, row, strict=True))], LOG_SCHEMA))
    assert {each.text: each.examples for each in run_coverage(tmp_path).tasks[0].wordings} == {
        "Describe it.": 1,
        "Name it.": 1,
    }
