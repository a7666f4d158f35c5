"""The script that goes from a CSV file with pictures to a training."""

import os
import re
import subprocess
import sys

from datasets import Dataset

from examples.own_table import EPOCHS, write_tasks
from instraug_datasets import augment, expand
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
