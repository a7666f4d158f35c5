"""Raw files are mapped into memory once, and not longer than they are read."""

import gc
import zipfile
from pathlib import Path

import pytest

from instraug_datasets.builders.files.memory_map import map_file
from instraug_datasets.builders.files.root import Archive, DataRoot, Location
from tests.builders.raw_files import write_json

ARCHIVE = Archive("x.zip", into="", holds="x.json")


def place_of(root: Path, path: str) -> Location:
    place = DataRoot(str(root), (ARCHIVE,)).find(path)
    assert place is not None
    return place


@pytest.mark.parametrize("zipped", [False, True])
def test_two_readers_share_one_mapping(tmp_path: Path, zipped: bool) -> None:
    """The splits of one file take its memory once; a file that has changed is mapped anew."""
    path = write_json(tmp_path / "x.json", [1, 2])
    if zipped:
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.write(path, "x.json")
        path.unlink()
    first, second = (map_file(place_of(tmp_path, "x.json")) for _ in range(2))
    assert first is second
    assert first[:] == b"[1, 2]"
    path.unlink(missing_ok=True)
    assert map_file(place_of(tmp_path, write_json(tmp_path / "x.json", [1, 2, 3]).name))[:] == b"[1, 2, 3]"
    assert first[:] == b"[1, 2]"


def test_a_mapping_goes_with_its_last_reader(tmp_path: Path) -> None:
    """Nothing keeps a file open that no table needs."""
    place = place_of(tmp_path, write_json(tmp_path / "x.json", [1]).name)
    content = memoryview(map_file(place))
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("mappings are read from /proc")
    before = maps.read_text(encoding="utf-8").count(str(tmp_path))
    del content
    gc.collect()
    assert (before, maps.read_text(encoding="utf-8").count(str(tmp_path))) == (1, 0)


def test_an_empty_file_is_no_bytes(tmp_path: Path) -> None:
    """What cannot be mapped, because there is nothing, is empty all the same."""
    (tmp_path / "x.json").touch()
    assert map_file(place_of(tmp_path, "x.json")) == b""
