"""Killed at any moment, a run goes on where it stopped, and its result is that of a run that nobody killed."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from instraug_datasets.engines import as_engine
from instraug_datasets.errors import OutputError
from instraug_datasets.expansion import Journal, expand, make_config, run, run_settings
from instraug_datasets.expansion.output_files import write_dropped
from instraug_datasets.pool import InstructionPool
from tests.expansion.toy import TASKS, rewrite

# Runs an expansion, and dies at the moment that its argument names: before a completion, before or after a batch of the
# journal is on the disk, in the middle of a line of it, or before the pool takes its name.
SCRIPT = """
import os, signal, sys
from pathlib import Path
from instraug_datasets.engines import MockEngine
from instraug_datasets.engines import as_engine
from instraug_datasets.expansion import Journal, make_config, run, run_settings
from instraug_datasets.expansion.output_files import write_dropped
from tests.expansion.toy import TASKS, rewrite

folder, moment, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def die_at(name):
    global count
    if name == moment:
        count -= 1
        if count < 0:
            os.kill(os.getpid(), signal.SIGKILL)

def answer(request):
    die_at("completion")
    text = rewrite(request)
    return text.replace("{options}", "") if request.sample % 3 == 1 and "missing" not in request.system else text

sync, replace = os.fsync, Path.replace

def fsync(descriptor):
    die_at("before sync")
    if moment == "torn" and count == 0:
        os.truncate(descriptor, os.fstat(descriptor).st_size - 7)
    die_at("torn")
    sync(descriptor)
    die_at("after sync")

def move(path, target):
    die_at("rename")
    return replace(path, target)

os.fsync, Path.replace = fsync, move
config, engine, dropped = make_config("mock", target=40, near_duplicate=1), MockEngine(answer), []
journal = Journal(folder / "journal.jsonl", run_settings(TASKS, engine, config))
expansion = run(TASKS, engine, config, journal=journal, on_drop=dropped.append)
expansion.pool.save(folder / "pool.parquet")
write_dropped(folder / "dropped.jsonl", (each.to_dict() for each in dropped))
"""

NEVER = ("never", 0)


def expand_in_a_process(folder, moment, count):
    """Run the script until it exits or is killed; return its exit status."""
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", SCRIPT, str(folder), moment, str(count)]
    return subprocess.run(command, env=environment, timeout=300, check=False, capture_output=True).returncode


def result(folder):
    """Return the output files as bytes, with the journal's lines sorted."""
    journal = (folder / "journal.jsonl").read_bytes().splitlines()
    return (folder / "pool.parquet").read_bytes(), (folder / "dropped.jsonl").read_bytes(), sorted(journal)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """The result of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("unbroken")
    assert expand_in_a_process(folder, *NEVER) == 0
    assert (folder / "dropped.jsonl").stat().st_size
    return result(folder)


@pytest.mark.parametrize(
    "moments",
    [
        [("completion", 0), ("completion", 45), ("before sync", 1), ("torn", 2)],
        [("after sync", 0), ("torn", 3), ("completion", 3), ("rename", 0)],
    ],
)
def test_a_run_killed_again_and_again_gives_the_result_of_an_unbroken_one(tmp_path, unbroken, moments):
    """After repeated kills, pool, dropped candidates and journal equal those of an uninterrupted run."""
    folder = tmp_path / "run"
    for moment, count in moments:
        assert expand_in_a_process(folder, moment, count) == -signal.SIGKILL
        assert not (folder / "pool.parquet").exists()
    assert expand_in_a_process(folder, *NEVER) == 0
    assert result(folder) == unbroken


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch):
    """A full disk ends the run with an error; after freeing space, the run resumes to the same result."""
    config = make_config("function", target=40)
    unbroken = expand(TASKS, rewrite, target=40)
    engine = as_engine(rewrite)
    journal = Journal(tmp_path / "j.jsonl", run_settings(TASKS, engine, config))
    room = [2]

    def full(descriptor):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, closing(journal):
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match=r"j\.jsonl.*No space left on device"):
            run(TASKS, engine, config, journal=journal)
    assert expand(TASKS, engine, target=40, journal=tmp_path / "j.jsonl") == unbroken


def test_a_pool_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    """If writing fails, the existing pool is kept and no partial file is left."""
    path = tmp_path / "pool.parquet"
    old, new = InstructionPool.from_dict({"a": ["x"]}), InstructionPool.from_dict({"a": ["y"]})
    old.save(path)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"Cannot write .*pool\.parquet.*No space left"):
        new.save(path)
    assert InstructionPool.load(path) == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_device_is_an_error_and_stays_a_device():
    """Writing to a device never replaces it."""
    with pytest.raises(OutputError, match="No space left"):
        write_dropped(Path("/dev/full"), [{"text": "x" * 100_000}])
    assert Path("/dev/full").is_char_device()
