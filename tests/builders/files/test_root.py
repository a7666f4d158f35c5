"""Where raw files are found: folders before archives, archives before nothing, and safe across processes."""

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
    place = root.find(path)
    assert place is not None
    return place.read()


def test_members_of_archives_are_found_by_their_unpacked_path(root: DataRoot) -> None:
    """A path is looked for inside the zip that would be unpacked there, below the zip's own top folder."""
    assert read(root, "coco/train/a.txt") == b"a in the zip" * 1000
    assert read(root, "repo/data/x.txt") == b"x in the repository's zip"
    assert root.find("coco/train/c.txt") is None
    assert root.find("coco/val/a.txt") is None
    assert root.find("repo/x.txt") is None


def test_a_file_wins_over_an_archive(root: DataRoot, tmp_path: Path) -> None:
    """What was unpacked, even in part, is read from the folder and the rest from the zip."""
    (tmp_path / "coco/train").mkdir()
    (tmp_path / "coco/train/a.txt").write_text("a in the folder")
    assert read(root, "coco/train/a.txt") == b"a in the folder"
    assert read(root, "coco/train/b.txt") == b"b in the zip" * 1000


def test_folders_are_there_as_such_or_as_archive(root: DataRoot, tmp_path: Path) -> None:
    """A folder counts as there when the zip that holds it is."""
    assert root.has_folder("coco/train")
    assert not root.has_folder("coco/val")
    (tmp_path / "coco/val").mkdir()
    assert root.has_folder("coco/val")


def test_an_etag_changes_with_the_file(root: DataRoot, tmp_path: Path) -> None:
    """An etag is that of the file, of the archive that holds it, or empty, and changes when either is replaced."""
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
    """Children forked after the parent has opened a zip read it at the same time without disturbing one another."""
    assert read(root, "coco/train/a.txt")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    children = [context.Process(target=_read_often, args=(root, name, answers)) for name in "abab"]
    for child in children:
        child.start()
    assert [answers.get(timeout=60) for _ in children] == [True] * 4
    for child in children:
        child.join()


def test_a_root_is_its_parameters(root: DataRoot) -> None:
    """It can be sent to another process whatever it has opened, and finds the same there."""
    assert read(root, "coco/train/a.txt")
    assert pickle.loads(pickle.dumps(root)) == root


@pytest.mark.parametrize("path", ["a.jpg", "2/dev-1-0.png", "a..b/c.jpg", ".hidden/x"])
def test_plain_paths_are_safe(path: str) -> None:
    """Ordinary names pass unchanged."""
    assert safe_path(path) == path


@pytest.mark.parametrize("path", ["", "/a", "..", "a/..", "../a", "a\\b", "C:/a", "file:///a", "a\0b"])
def test_other_paths_are_not(path: str) -> None:
    """Names that could point elsewhere on some system are refused on all."""
    with pytest.raises(UnsafePathError):
        safe_path(path)
