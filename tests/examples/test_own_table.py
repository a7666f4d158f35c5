"""The script that goes from a CSV file with pictures to a training."""

import os
import re
import subprocess
import sys

import pytest
from datasets import Dataset

from examples import own_table
from examples.own_table import EPOCHS, write_table, write_tasks
from instraug_datasets import augment, expand
from instraug_datasets.cli import main as instraug
from instraug_datasets.tasks import read_tasks
from tests.examples.running import EXAMPLES


def test_a_table_with_pictures_is_trained_on(tmp_path):
    """The prompts are those of the expanded pool in each epoch, and the trainer goes through whole epochs."""
    command = [sys.executable, EXAMPLES / "own_table.py"]
    run = subprocess.run(
        [*map(str, command)], env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    (task,) = read_tasks(write_tasks(tmp_path))
    row = Dataset.from_dict({"unique_id": ["0"], "question": ["Which color is it?"], "images": ["red.png"]})
    shown = augment(row, expand([task], "grammar", target=4), task=task.name, seed=42)
    expected = []
    for epoch in range(EPOCHS):
        shown.set_epoch(epoch)
        expected.append(f"epoch {epoch}: {shown[0]['prompt']!r}")
    assert [line for line in run.stdout.splitlines() if line.startswith("epoch")] == expected
    assert len(set(expected)) == EPOCHS
    assert re.findall(r"'loss'.*'epoch': '(\d+)'", run.stdout) == ["1", "2", "3"]


def run(monkeypatch, *arguments):
    """Run the script in this process."""
    monkeypatch.setattr(sys, "argv", ["own_table.py", *map(str, arguments)])
    own_table.main()


@pytest.fixture
def files(tmp_path):
    """The options that name a table of other columns with numbers as answers, and a file of two tasks."""
    table, tasks = write_table(tmp_path), tmp_path / "two.yaml"
    table.write_text("qid,query,photo,gold\n1,How many are red?,red.png,3\n2,How many?,blue.png,\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="0"):
        instraug(["init", str(tasks)])
    return ["--table", table, "--tasks", tasks, "--epochs", 1]


COLUMNS = ("unique_id=qid", "question=query", "images=photo", "target=gold")


def test_a_table_of_other_columns_is_trained_on(files, monkeypatch, capsys):
    """One task of several is chosen, relative paths start from the table, and numbers are answers too."""
    run(monkeypatch, *files, "--task", "my_vqa", "--columns", *COLUMNS)
    out = capsys.readouterr().out
    assert re.search(r"^epoch 0: .*How many are red\?", out, re.MULTILINE)
    assert "'train_loss'" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], r"Choose one of the tasks of .*two\.yaml with --task: my_vqa, my_captions\."),
        (["--task", "vqa"], r"Choose one of the tasks of .*two\.yaml with --task: my_vqa, my_captions\."),
        (["--task", "my_vqa"], r".* has no column 'id', only qid, query, photo, gold\. Name the one for unique_id: .*"),
        (
            ["--task", "my_vqa", "--columns", *COLUMNS[:3]],
            r".* has no column 'answer', only .*: --columns target=\.\.\.",
        ),
        (["--task", "my_vqa", "--columns", *COLUMNS, "picture=photo"], "Unknown column 'picture'.*"),
        (["--tasks", "no.yaml"], r".*No such file or directory: 'no\.yaml'"),
        (["--task", "my_vqa", "--table", "no.csv"], r".*No such file or directory: 'no\.csv'"),
    ],
)
def test_mistakes_are_told_in_a_line(files, monkeypatch, arguments, message):
    """Each with the names to choose from."""
    with pytest.raises(SystemExit) as left:
        run(monkeypatch, *files, *arguments)
    assert re.fullmatch(f"own_table\\.py: {message}", str(left.value.code))


@pytest.mark.parametrize(("content", "message"), [("a,b\n1,2,3\n4,5,6,7\n", "is no CSV file"), ("", "is no CSV file")])
def test_a_table_that_cannot_be_read_is_told_in_a_line(files, monkeypatch, content, message):
    """Rows of more columns than the first has, and an empty file."""
    files[1].write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit, match=message):
        run(monkeypatch, *files, "--task", "my_vqa")


def test_a_picture_that_is_missing_is_named(files, monkeypatch):
    """By its path beside the table."""
    (files[1].parent / "red.png").unlink()
    with pytest.raises(SystemExit, match=r"red\.png"):
        run(monkeypatch, *files, "--task", "my_vqa", "--columns", *COLUMNS)
