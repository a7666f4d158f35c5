"""Raw files are mapped into memory once, and unmapped with their last reader."""

import gc
import zipfile
from pathlib import Path

import pytest

from instraug_datasets.builders.files.memory_map import map_file
from instraug_datasets.builders.files.root import Archive, DataRoot, Location
from tests.builders.raw_files import write_json

ARCHIVE = Archive("x.zip", into="", holds="x.json")


def location_of(root: Path, path: str) -> Location:
    location = DataRoot(str(root), (ARCHIVE,)).find(path)
    assert location is not None
    return location


@pytest.mark.parametrize("zipped", [False, True])
def test_two_readers_share_one_mapping(tmp_path: Path, zipped: bool) -> None:
    """The splits of one file share its memory; a file that has changed is mapped again."""
    path = write_json(tmp_path / "x.json", [1, 2])
    if zipped:
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.write(path, "x.json")
        path.unlink()
    first, second = (map_file(location_of(tmp_path, "x.json")) for _ in range(2))
    assert first is second
    assert first[:] == b"[1, 2]"
    path.unlink(missing_ok=True)
    assert map_file(location_of(tmp_path, write_json(tmp_path / "x.json", [1, 2, 3]).name))[:] == b"[1, 2, 3]"
    assert first[:] == b"[1, 2]"


def test_a_mapping_is_closed_with_its_last_reader(tmp_path: Path) -> None:
    """A file that no table uses is not kept open."""
    location = location_of(tmp_path, write_json(tmp_path / "x.json", [1]).name)
    content = memoryview(map_file(location))
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("mappings are read from /proc")
    before = maps.read_text(encoding="utf-8").count(str(tmp_path))
    del content
    gc.collect()
    assert (before, maps.read_text(encoding="utf-8").count(str(tmp_path))) == (1, 0)


def test_an_empty_file_has_no_content(tmp_path: Path) -> None:
    """An empty file, which cannot be mapped, is read as empty bytes."""
    (tmp_path / "x.json").touch()
    assert map_file(location_of(tmp_path, "x.json")) == b""
