"""Raw files are found in folders first and archives second, safely across processes."""

import multiprocessing
import pickle
import zipfile
from pathlib import Path

import pytest

from instraug_datasets.builders.files.root import Archive, DataRoot, safe_path
from instraug_datasets.errors import UnsafePathError

ARCHIVES = (
    Archive("coco/train.zip", into="coco", holds="coco/train"),
    Archive("repo.zip", into="repo", holds="repo/data", top="repo-master"),
)


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    (tmp_path / "coco").mkdir()
    with zipfile.ZipFile(tmp_path / "coco/train.zip", "w") as archive:
        for name in ("a", "b"):
            archive.writestr(f"train/{name}.txt", f"{name} in the zip" * 1000)
    with zipfile.ZipFile(tmp_path / "repo.zip", "w") as archive:
        archive.writestr("repo-master/data/x.txt", "x in the repository's zip")
    return DataRoot(str(tmp_path), ARCHIVES)


def read(root: DataRoot, path: str) -> bytes:
    location = root.find(path)
    assert location is not None
    return location.read()


def test_members_of_archives_are_found_by_their_extracted_path(root: DataRoot) -> None:
    """A path is looked up in the archive that would be extracted there, below the archive's top-level folder."""
    assert read(root, "coco/train/a.txt") == b"a in the zip" * 1000
    assert read(root, "repo/data/x.txt") == b"x in the repository's zip"
    assert root.find("coco/train/c.txt") is None
    assert root.find("coco/val/a.txt") is None
    assert root.find("repo/x.txt") is None


def test_a_file_takes_precedence_over_an_archive(root: DataRoot, tmp_path: Path) -> None:
    """Extracted files are read from the folder, and the others from the archive."""
    (tmp_path / "coco/train").mkdir()
    (tmp_path / "coco/train/a.txt").write_text("a in the folder")
    assert read(root, "coco/train/a.txt") == b"a in the folder"
    assert read(root, "coco/train/b.txt") == b"b in the zip" * 1000


def test_folders_exist_as_such_or_in_an_archive(root: DataRoot, tmp_path: Path) -> None:
    """A folder exists if the archive that contains it does."""
    assert root.has_folder("coco/train")
    assert not root.has_folder("coco/val")
    (tmp_path / "coco/val").mkdir()
    assert root.has_folder("coco/val")


def test_an_etag_changes_with_the_file(root: DataRoot, tmp_path: Path) -> None:
    """An etag is that of the file, of the archive that contains it, or empty, and changes when either is replaced."""
    packed = root.etag("coco/train/a.txt")
    assert packed == root.etag("coco/train")
    (tmp_path / "coco/train").mkdir()
    (tmp_path / "coco/train/a.txt").write_text("a")
    unpacked = root.etag("coco/train/a.txt")
    (tmp_path / "coco/train/a.txt").write_text("longer")
    assert len({packed, unpacked, root.etag("coco/train/a.txt"), root.etag("coco/val"), ""}) == 4


def _read_often(root: DataRoot, name: str, answers: "multiprocessing.Queue[bool]") -> None:
    expected = f"{name} in the zip".encode() * 1000
    answers.put(all(read(root, f"coco/train/{name}.txt") == expected for _ in range(200)))


def test_forked_processes_do_not_share_an_open_archive(root: DataRoot) -> None:
    """Children forked after the parent has opened an archive read it concurrently without interference."""
    assert read(root, "coco/train/a.txt")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    children = [context.Process(target=_read_often, args=(root, name, answers)) for name in "abab"]
    for child in children:
        child.start()
    assert [answers.get(timeout=60) for _ in children] == [True] * 4
    for child in children:
        child.join()


def test_a_data_root_can_be_pickled(root: DataRoot) -> None:
    """It can be sent to another process even after it has opened files."""
    assert read(root, "coco/train/a.txt")
    assert pickle.loads(pickle.dumps(root)) == root


@pytest.mark.parametrize("path", ["a.jpg", "2/dev-1-0.png", "a..b/c.jpg", ".hidden/x"])
def test_plain_paths_are_safe(path: str) -> None:
    """Ordinary names are returned unchanged."""
    assert safe_path(path) == path


@pytest.mark.parametrize("path", ["", "/a", "..", "a/..", "../a", "a\\b", "C:/a", "file:///a", "a\0b"])
def test_other_paths_are_refused(path: str) -> None:
    """Names that could lead out of the folder on some system are refused on every system."""
    with pytest.raises(UnsafePathError):
        safe_path(path)
