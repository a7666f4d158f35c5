"""Raw files are found in folders first and archives second, safely across processes."""

import multiprocessing
import pickle
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from instraug_datasets.builders.files.root import Archive, DataRoot, safe_path
from instraug_datasets.errors import SourceError, UnsafePathError

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


def write_tar(path: Path, files: dict[str, bytes], links: dict[str, tuple[bytes, str]] | None = None) -> None:
    """A tar file, compressed by gzip unless it ends in `.tar`; links by name, as (type, target)."""
    with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
        for name, (kind, target) in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)


@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz", ".tar"])
@pytest.mark.parametrize("top", ["", "./"])
def test_tar_files_are_read_like_zip_files(tmp_path: Path, suffix: str, top: str) -> None:
    """A declared zip may be a tar file: its members are found, listed and read in any order, and no others."""
    contents = {f"train/{name}.bin": name.encode() * 70_000 for name in "abc"}
    (tmp_path / "coco").mkdir()
    write_tar(tmp_path / f"coco/train{suffix}", {top + name: content for name, content in contents.items()})
    root = DataRoot(str(tmp_path), ARCHIVES)
    for name in ("c", "a", "b", "a"):
        assert read(root, f"coco/train/{name}.bin") == contents[f"train/{name}.bin"]
    assert root.has_folder("coco/train")
    assert root.list_folder("coco/train") == ["a.bin", "b.bin", "c.bin"]
    assert root.find("coco/train/d.bin") is None
    assert root.etag("coco/train/a.bin") != ""
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["coco", f"train{suffix}"]


def test_links_in_tar_files_stay_inside(tmp_path: Path) -> None:
    """Links to members are followed; those that lead out of the archive, nowhere or in a circle are refused."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "coco").mkdir()
    links = {
        "train/hard.txt": (tarfile.LNKTYPE, "train/a.txt"),
        "train/soft.txt": (tarfile.SYMTYPE, "a.txt"),
        "train/twice.txt": (tarfile.SYMTYPE, "soft.txt"),
        "train/out.txt": (tarfile.SYMTYPE, "../../secret.txt"),
        "train/absolute.txt": (tarfile.SYMTYPE, str(tmp_path / "secret.txt")),
        "train/circle.txt": (tarfile.SYMTYPE, "circle.txt"),
    }
    write_tar(tmp_path / "coco/train.tar.gz", {"train/a.txt": b"a", "../secret.txt": b"b"}, links)
    root = DataRoot(str(tmp_path), ARCHIVES)
    assert [read(root, f"coco/train/{name}.txt") for name in ("hard", "soft", "twice")] == [b"a"] * 3
    for name in ("absolute", "circle"):
        with pytest.raises(UnsafePathError, match="leads to no file in the archive"):
            read(root, f"coco/train/{name}.txt")
    # Even a member that climbs out of the archive is read from the archive, never from the disk.
    assert read(root, "coco/train/out.txt") == b"b"


@pytest.mark.parametrize("suffix", [".tar.gz", ".tar"])
@pytest.mark.parametrize("is_page", [False, True])
def test_incomplete_tar_files_are_named(tmp_path: Path, suffix: str, is_page: bool) -> None:
    """A tar file that is cut off, or a page in its place, is named with what to do."""
    path = tmp_path / f"train{suffix}"
    write_tar(path, {"train/a.txt": bytes(100_000), "train/b.txt": b"b" * 100_000})
    path.write_bytes(b"<html>Sign in</html>" * 100 if is_page else path.read_bytes()[: path.stat().st_size // 3])
    root = DataRoot(str(tmp_path), (Archive("train.zip", into="", holds="train"),))
    with pytest.raises(SourceError, match=rf"train{suffix}: not a tar file, or an incomplete one.*Download it again"):
        read(root, "train/a.txt")
