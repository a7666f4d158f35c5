"""Ctrl-C and files that are not there: one line, never a traceback."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from instraug_datasets.builders.demo import write_demo
from tests.cli.running import run

COMMAND = Path(sys.executable).with_name("instraug")


def has_shard(folder):
    """Whether a build is writing into a folder."""
    return any(name.endswith(".parquet") for *_, names in os.walk(folder) for name in names)


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Raw files that take a build a while."""
    return write_demo(tmp_path_factory.mktemp("demo"), images=400, sources=["mscoco"])


@pytest.mark.skipif(sys.platform == "win32", reason="signals of process groups are POSIX")
@pytest.mark.parametrize("num_proc", [1, 2])
def test_ctrl_c_stops_a_build_with_one_line(raw, tmp_path, num_proc):
    """The signal reaches the whole process group, as from a terminal; a second run finishes the build."""
    out = tmp_path / "out"
    arguments = [COMMAND, "build", "multiinstruct", "image_caption", "--data-dir", raw, "-o", out]
    arguments += ["--num-examples", "0", "--num-proc", str(num_proc)]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not has_shard(out) and process.poll() is None:
        time.sleep(0.01)  # leaves the processor to the build
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err.splitlines()[-1]) == (130, "Stopped. Run the same command to continue.")
    assert "Traceback" not in err
    subprocess.run(arguments, check=True, capture_output=True)
    assert [path.name for path in out.glob("image_caption/train-*.parquet")] != []


def interrupted(arguments, began):
    """Run a command, interrupt it when it has begun, and return its exit code and what it said."""
    process = subprocess.Popen([COMMAND, *arguments], stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not began() and process.poll() is None:
        time.sleep(0.01)  # leaves the processor to the command
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate()
    return process.returncode, err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of process groups are POSIX")
def test_ctrl_c_stops_an_expansion_with_one_line(tmp_path):
    """What the run has is in its journal, from which the same command goes on."""
    journal = tmp_path / "pool.journal.jsonl"
    arguments = ("expand", "multiinstruct", "-o", tmp_path / "pool.parquet", "--target", "60")
    code, err = interrupted(arguments, lambda: journal.exists() and journal.stat().st_size > 20_000)
    assert (code, err) == (130, "Stopped. Run the same command to continue.\n")
    done = subprocess.run([COMMAND, *arguments, "--max-rounds", "1"], capture_output=True, text=True)
    assert re.search(r"\. [1-9][\d,]* completions from the journal", done.stderr), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of process groups are POSIX")
def test_ctrl_c_stops_an_export_with_one_line(raw, tmp_path):
    """Nothing of a half-written export stays."""
    arguments = ("export", "jsonl", "multiinstruct", "image_caption", "--data-dir", raw, "-o", tmp_path / "out")
    code, err = interrupted((*arguments, "--epochs", "500"), lambda: any(tmp_path.iterdir()))
    assert (code, err.splitlines()[-1]) == (130, "Stopped. Run the same command to continue.")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pool", "report", "heldout", "--dropped", "none.jsonl"), "Error: No such file or directory: 'none.jsonl'."),
        (("pool", "review", "--read", "none.csv"), "Error: No such file or directory: 'none.csv'."),
        (("pool", "export", "heldout", "-o", "file/x.csv"), "file/x.csv: [Errno 17] File exists"),
        (("expand", "none.yaml", "-o", "x.parquet"), "none.yaml"),
        (("check", "--data-dir", "file"), "file"),
        (("sources", "--data-dir", "file"), "file"),
        (("build", "multiinstruct", "ITM", "--data-dir", ".", "-o", "file"), "must be a folder, but 'file' is a file"),
    ],
)
def test_a_wrong_path_is_one_line(capsys, tmp_path, monkeypatch, arguments, message):
    """A file where a folder is meant, or one that is not there, is named on stderr, with exit code 1."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    code, _, err = run(capsys, *arguments)
    assert code == 1
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("pool", "show", "multiinstruct"), ("tasks", "multiinstruct", "--json")])
def test_a_reader_that_has_seen_enough_is_no_error(arguments):
    """As in `instraug pool show multiinstruct | head`."""
    process = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), err) == (1, "")


@pytest.mark.parametrize("arguments", [("sources",), ("check",), ("build", "multiinstruct", "ITM", "-o", "out")])
def test_a_url_that_needs_a_library_is_one_line(capsys, tmp_path, monkeypatch, arguments):
    """The library is named; the URL of no known kind is refused as well."""
    monkeypatch.chdir(tmp_path)
    for url, message in (("gcs://bucket/raw", "gcsfs"), ("nonsense://raw", "nonsense")):
        code, _, err = run(capsys, *arguments, "--data-dir", url)
        assert (code, len(err.splitlines())) == (1, 1)
        assert message in err
