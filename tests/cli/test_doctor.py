"""`instraug doctor` as a person runs it."""

import json

from instraug_datasets.requirements import SUPPORTED
from tests.cli.running import run

SCRIPT = """\
from datasets import load_dataset
from instraug_datasets import augment
data = augment(load_dataset("parquet", data_files="a.parquet", split="train"), "multiinstruct")
Trainer(model, TrainingArguments("out", remove_unused_columns=False), train_dataset=data)
"""


def test_versions_alone(capsys):
    """Exit code 0, one row for each."""
    code, out, err = run(capsys, "doctor")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines() if ">=" in line]
    assert [(row[0], row[2:]) for row in rows] == [(name, [supported]) for name, supported in SUPPORTED.items()]


def test_a_script_with_a_trap(tmp_path, capsys):
    """Exit code 1, with file, line, what happens and what to change; as JSON too."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    code, out, err = run(capsys, "doctor", "--script", script)
    assert (code, err) == (1, f"1 known trap in {script}\n")
    assert f"{script}:4: epoch_callback\n" in out
    assert "  Change: Trainer(..., callbacks=[EpochCallback()])\n" in out
    code, out, _ = run(capsys, "doctor", "--script", script, "--json")
    *versions, trap = map(json.loads, out.splitlines())
    assert (code, trap["kind"], trap["trap"], trap["file"], trap["line"]) == (
        1,
        "trap",
        "epoch_callback",
        str(script),
        4,
    )
    assert [(each["kind"], each["name"], each["ok"]) for each in versions] == [("version", n, True) for n in SUPPORTED]


def test_a_mended_script(tmp_path, capsys):
    """Exit code 0."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT.replace("train_dataset=data", "train_dataset=data, callbacks=[EpochCallback()]"))
    code, _, err = run(capsys, "doctor", "--script", script)
    assert (code, err) == (0, f"0 known traps in {script}\n")


def test_a_script_without_augment(tmp_path, capsys):
    """Where there is nothing to check, a line says so: the data may be made in another file."""
    script = tmp_path / "train.py"
    script.write_text("from data import train_dataset\nTrainer(model, arguments, train_dataset=train_dataset)\n")
    code, _, err = run(capsys, "doctor", "--script", script)
    assert code == 0
    assert err.startswith(f"{script} does not call augment(), so that there is nothing to check")


def test_a_script_that_cannot_be_read(tmp_path, capsys):
    """One line on stderr, without a traceback."""
    script = tmp_path / "train.py"
    script.write_text("for x in\n")
    code, _, err = run(capsys, "doctor", "--script", script)
    assert code == 1
    assert err.startswith(f"Error: {script} is not valid Python")
