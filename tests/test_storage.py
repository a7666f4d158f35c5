"""Files: Parquet is read so that a process ends well, and what is written is whole or not there."""

import os
import subprocess
import sys
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.errors import DependencyError, OutputError, SettingError
from instraug_datasets.partial_files import partial_path
from instraug_datasets.storage import local_path, read_parquet, replace_file, write_whole

READERS = """
import os, sys
from instraug_datasets.storage import read_parquet, write_whole

path = sys.argv[1]
with open(path, "rb") as file:
    write_whole("memory://pool.parquet", file.read())
codes = []
for number in range(20):
    child = os.fork()
    if not child:
        read_parquet(("memory://pool.parquet", path)[number % 2])
        sys.exit(3)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(codes)
"""


def test_a_process_that_read_a_file_ends_with_its_own_exit_code(tmp_path):
    """A process that exits right after reading a path or a URL is not aborted by threads that still hold the file."""
    InstructionPool.load("multiinstruct").save(tmp_path / "pool.parquet")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", READERS, str(tmp_path / "pool.parquet")]
    done = subprocess.run(command, env=environment, timeout=300, check=True, capture_output=True, text=True)
    assert done.stdout == f"{[3] * 20}\n"


@pytest.mark.parametrize(
    "place", ["{folder}/split=a/t.parquet", "file://{folder}/t.parquet", "memory://files/t.parquet"]
)
def test_a_table_is_read_as_it_was_written(tmp_path, place):
    """Columns are those of the file: a folder's name adds none, and a choice of columns is respected."""
    address = place.format(folder=tmp_path)
    content, table = pa.BufferOutputStream(), pa.table({"a": [1, 2], "b": ["x", None]})
    pq.write_table(table, content)
    write_whole(address, content.getvalue())
    assert read_parquet(address) == table
    assert read_parquet(address, ["b"]) == table.select(["b"])


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    """A write that fails half-way leaves the old file and nothing else."""
    path = tmp_path / "file"
    write_whole(path, b"old")

    def half(partial):
        partial.write_bytes(b"ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"Cannot write .*file: .*No space left"):
        replace_file(path, half)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


def test_links_stay_and_devices_are_written_to(tmp_path):
    """The file that a link leads to is replaced, and a full device is an error."""
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_bytes() == b"new"
    with pytest.raises(OutputError, match="No space left"):
        write_whole("/dev/full", b"x" * 100_000)
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("content", [b"taken", None])
def test_a_place_that_cannot_be_written_is_an_error(tmp_path, content):
    """A folder in place of the file, and a file in place of its folder, are errors that name the path."""
    path = tmp_path / "taken" / "file"
    if content is None:
        path.mkdir(parents=True)
    else:
        path.parent.write_bytes(content)
    with pytest.raises(OutputError, match=f"Cannot write {path}"):
        write_whole(path, b"new")


def test_urls_that_cannot_be_written_are_errors(monkeypatch):
    """An unknown protocol, a missing library and a read-only store are named."""
    monkeypatch.setitem(sys.modules, "s3fs", None)
    for url, kind in (("nowhere://a/b", OutputError), ("s3://bucket/a", DependencyError), ("data:,x", OutputError)):
        with pytest.raises(kind, match=f"Cannot write {url}"):
            write_whole(url, b"new")


@pytest.mark.parametrize("url", ["s3://bucket/out", "hf://datasets/a/b", Path("s3://bucket/out"), "file:///tmp/out"])
def test_urls_are_no_local_paths(url):
    """Where only a local path works, a URL is refused, also one of which `Path` has merged the slashes."""
    with pytest.raises(SettingError, match=r"^The output must be a local path, but got the URL '\w+://+\w"):
        local_path(url, "The output")


@pytest.mark.parametrize("path", ["out", "/tmp/s3:/out", "./a:b", "C:/out", "s3"])
def test_local_paths_are_kept(path):
    """Anything that is no URL is a path."""
    assert local_path(path, "The output") == Path(path)


def test_a_store_in_memory_is_written_to():
    """URLs are written through fsspec."""
    write_whole("memory://written/file", b"new")
    assert fsspec.filesystem("memory").cat_file("/written/file") == b"new"


@pytest.mark.parametrize("write", [write_whole, lambda path, content: write_whole(str(path), content)])
def test_what_a_killed_process_left_is_removed(tmp_path, write):
    """Only what belongs to the same target and to a process of this machine that has ended."""
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    own = partial_path(tmp_path / "pool.jsonl").name
    left = own.replace(str(os.getpid()), ended.stdout.decode().strip())
    kept = {own, f".other{left[5:]}", left.replace("pool.jsonl.", "pool.jsonl.0"), f"{left}.txt"}
    for name in {left, *kept}:
        (tmp_path / name).write_bytes(b"half")
    write(tmp_path / "pool.jsonl", b"{}")
    assert {path.name for path in tmp_path.iterdir()} == {"pool.jsonl", *kept - {own}}
