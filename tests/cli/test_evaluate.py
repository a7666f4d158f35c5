"""`instraug evaluate`, run as users run it, on a tiny checkpoint."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from instraug_datasets.tiny_model import save_checkpoint
from tests.cli.running import run

REAL = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A checkpoint of the tiny model."""
    folder = tmp_path_factory.mktemp("model")
    save_checkpoint(folder)
    return folder


def test_a_killed_evaluation_goes_on(capsys, model, demo_dir, tmp_path):
    """After a kill, the same command predicts what is missing, nothing twice, and writes table, report and JSON."""
    paths = ("--model", str(model), "--data-dir", str(demo_dir), "-o", str(tmp_path / "e.html"))
    arguments = ("multiinstruct", "nlvr", *paths, "--max-new-tokens", "4", "--batch-size", "2")
    process = subprocess.Popen(
        [sys.executable, "-c", "from instraug_datasets.cli import main; main()", "evaluate", *arguments],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    predictions = tmp_path / "e.jsonl"
    while process.poll() is None and (not predictions.exists() or predictions.read_bytes().count(b"\n") < 5):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = predictions.read_bytes()
    code, out, err = run(capsys, "evaluate", *arguments, "--json")
    assert code == 0, err
    rows = [json.loads(line) for line in predictions.read_text(encoding="utf-8").splitlines()[1:]]
    assert len({(row["unique_id"], row["instruction_id"]) for row in rows}) == len(rows) == 8 * 5
    assert predictions.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    (task,) = json.loads(out)["tasks"]
    assert [each["examples"] for each in task["wordings"]] == [8] * 5
    assert "OFA-Large 54.5 with meta instructions" in " ".join((tmp_path / "e.html").read_text("utf-8").split())
    code, out, err = run(capsys, "evaluate", *arguments)
    assert code == 0
    assert "95 % interval" in out
    assert "natural_language_visual_reasoning: mean " in err


def test_what_cannot_be_evaluated_is_named(capsys, model, demo_dir, tmp_path):
    """Unknown pools, tasks without a metric of texts, and folders that hold no model."""
    common = ("--data-dir", demo_dir, "-o", tmp_path / "e.html")
    code, _, err = run(capsys, "evaluate", "multiinstruct", "nlvr", "--model", model, *common, "--wordings", "0")
    assert (code, err.splitlines()[-1][:41]) == (1, "Error: wordings must be a number from 1, ")
    code, _, err = run(capsys, "evaluate", "instructblip", "nocaps", "--model", model, *common)
    assert code == 1
    assert "declares the metric cider, which does not judge single texts; pass metric=, one of" in err
    code, _, err = run(capsys, "evaluate", "multiinstruct", "nlvr", "--model", demo_dir, *common)
    assert code == 1
    assert f"Error: Cannot load '{demo_dir}' as a vision-language model" in err
    code, _, err = run(capsys, "evaluate", "multiinstruct", "nlvr", "--model", "no-such-model", *common)
    assert code == 1
    assert (
        "Cannot load 'no-such-model' as a vision-language model: there is no such folder, and models on the Hub" in err
    )


@pytest.mark.skipif(not REAL.is_dir(), reason="the slice of real data is not beside the checkout")
def test_real_pictures(capsys, model, tmp_path):
    """The tiny model on real NLVR pictures, with held-out wordings."""
    arguments = ("multiinstruct", "nlvr", "--model", model, "--data-dir", REAL, "--split", "validation", "--limit", 2)
    settings = ("--wordings", "heldout", "--max-new-tokens", 2, "--json", "-o", tmp_path / "e.html")
    code, out, _ = run(capsys, "evaluate", *arguments, *settings)
    assert code == 0
    (task,) = json.loads(out)["tasks"]
    assert len(task["wordings"]) > 5
    assert {each["examples"] for each in task["wordings"]} == {2}


def test_an_evaluation_by_a_recipe(capsys, model, demo_dir, tmp_path):
    """Task and wordings are the recipe's; of several tasks one has to be named."""
    recipe = tmp_path / "instraug.yaml"
    wordings = ["Is this true? {text}", "{text} True or false?"]
    recipe.write_text(
        json.dumps({"benchmark": "multiinstruct", "tasks": ["nlvr"], "evaluation": {"wordings": wordings}}),
        encoding="utf-8",
    )
    paths = ("--model", model, "--data-dir", demo_dir, "-o", tmp_path / "e.html", "--recipe", recipe)
    code, out, err = run(capsys, "evaluate", *paths, "--max-new-tokens", 4, "--limit", 2, "--json")
    assert code == 0, err
    (task,) = json.loads(out)["tasks"]
    assert [each["text"] for each in task["wordings"]] == wordings
    recipe.write_text("benchmark: multiinstruct\ntasks: [nlvr, ITM]\n", encoding="utf-8")
    code, _, err = run(capsys, "evaluate", *paths)
    assert (code, f"Name the task to evaluate: {recipe} does not." in err) == (1, True)
