"""Every command that writes names a place where it cannot, and leaves what was there."""

import subprocess
import sys

import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.tasks import BENCHMARKS
from instraug_datasets.tiny_model import save_checkpoint
from tests.cli.running import run

_EXPAND = ("expand", "multiinstruct", "ITM", "--target", "2")
_RAW = ("--data-dir", "raw")
_EVALUATE = ("evaluate", "multiinstruct", "nlvr", "--model", "tiny", "--limit", "1", "--max-new-tokens", "1", *_RAW)

FILES = {
    "expand": (*_EXPAND, "-o", "{place}.parquet"),
    "expand --dropped": (*_EXPAND, "-o", "new.parquet", "--dropped", "{place}.jsonl"),
    "pool merge": ("pool", "merge", "heldout", "small.parquet", "-o", "{place}.parquet"),
    "pool export": ("pool", "export", "small.parquet", "-o", "{place}.csv"),
    "pool report": ("pool", "report", "small.parquet", "-o", "{place}.html"),
    "pool review": ("pool", "review", "small.parquet", "-o", "{place}.csv"),
    "preview": ("preview", "multiinstruct", "ITM", *_RAW, "-n", "1", "--html", "{place}.html"),
    "evaluate": (*_EVALUATE, "-o", "{place}.html"),
}
FOLDERS = {
    "build": ("build", "multiinstruct", "ITM", *_RAW, "-o", "{place}"),
    "export": ("export", "jsonl", "multiinstruct", "ITM", *_RAW, "-o", "{place}"),
    "lmms-eval": ("lmms-eval", "multiinstruct", "nlvr", *_RAW, "-o", "{place}"),
    "demo": ("demo", "--part", "pipeline", "--no-train", "--keep", "{place}"),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Raw files, a pool and a tiny model."""
    folder = tmp_path_factory.mktemp("inputs")
    write_demo(folder / "raw", images=8, sources=["mscoco", "nlvr"])
    InstructionPool.from_tasks([BENCHMARKS["multiinstruct"]["ITM"]]).save(folder / "small.parquet")
    save_checkpoint(folder / "tiny")
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch, inputs):
    """The working directory: the inputs, and a file that has to stay as it is."""
    monkeypatch.chdir(tmp_path)
    for each in inputs.iterdir():
        (tmp_path / each.name).symlink_to(each)
    (tmp_path / "file").write_text("old")
    return tmp_path


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", ["folder", "file/x", "s3://bucket/x"])
def test_a_place_that_holds_no_file(capsys, here, name, place):
    """A folder, a path below a file, and a URL without its library are refused before any work is done."""
    suffix = FILES[name][-1].removeprefix("{place}")
    (here / f"folder{suffix}").mkdir()
    before = sorted(here.rglob("*"))
    code, _, err = run(capsys, *[word.format(place=place) for word in FILES[name]])
    assert code == 1
    assert place in err.splitlines()[-1]
    assert (here / "file").read_text() == "old"
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("name", [name for name in FILES if name != "expand --dropped"])
def test_a_full_disk(capsys, here, name):
    """The error says so; journals and predictions, from which a second run goes on, are all that is left."""
    suffix = FILES[name][-1].removeprefix("{place}")
    (here / f"full{suffix}").symlink_to("/dev/full")
    code, _, err = run(capsys, *[word.format(place="full") for word in FILES[name]])
    assert code == 1
    assert f"full{suffix}: [Errno 28] No space left on device" in err.splitlines()[-1]
    assert not list(here.glob("*.partial"))


@pytest.mark.parametrize("command", ["build", "check", "export", "preview", "sources"])
@pytest.mark.parametrize("place", ["file", "nowhere"])
def test_raw_files_that_are_no_folder(capsys, here, command, place):
    """A file, or nothing, where the folder with the raw files should be is said to be no folder."""
    words = {"check": ("check",), "sources": ("sources",), "export": ("export", "jsonl", "multiinstruct", "ITM")}
    output = ("-o", "out") if command in ("build", "export") else ()
    named = words.get(command, (command, "multiinstruct", "ITM"))
    code, _, err = run(capsys, *named, "--data-dir", place, *output)
    assert (code, err) == (1, f"Error: The data dir '{place}' is not a folder. Give the folder with the raw files.\n")


LIMITED = """
import resource, sys
from instraug_datasets.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
main(sys.argv[1:])
"""


@pytest.mark.parametrize("name", ["build", "build --num-proc", "export", "lmms-eval"])
def test_a_folder_without_room(here, name):
    """Where files cannot grow, as on a full disk or over a quota, the last line says so, without a traceback."""
    command = [word.format(place="out") for word in FOLDERS[name.split()[0]]]
    more = ["--num-proc", "2"] if name == "build --num-proc" else []
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *command, *more], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: Cannot write ")
    assert "File too large" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not list(here.rglob("out/**/*-of-*.parquet"))


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("place", ["file", "file/x", "s3://bucket/x"])
def test_a_place_that_holds_no_folder(capsys, here, name, place):
    """A file, a path below a file, and a URL."""
    before = sorted(here.rglob("*"))
    code, _, err = run(capsys, *[word.format(place=place) for word in FOLDERS[name]])
    assert code == 1
    assert place in err.splitlines()[-1]
    assert (here / "file").read_text() == "old"
    assert sorted(here.rglob("*")) == before
