"""Archives that people have as they were sent give the examples of the unpacked folder."""

import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders.demo import write_demo
from tests.builders.raw_files import rows


def pack(folder: Path, archive: Path) -> None:
    """Move a folder into an archive of the kind that the archive's name says, below its own name."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    archive.parent.mkdir(parents=True, exist_ok=True)
    if ".zip" in archive.name:
        with zipfile.ZipFile(archive, "w") as zipped:
            for path in paths:
                zipped.write(path, path.relative_to(folder.parent))
    else:
        with tarfile.open(archive, "w:gz" if "gz" in archive.name else "w") as tar:
            for path in paths:
                tar.add(path, arcname=str(path.relative_to(folder.parent)))
    shutil.rmtree(folder)


def without_addresses(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the bytes of their pictures in place of where these are."""
    return [
        {**row, "images": [each["bytes"] or Path(each["path"]).read_bytes() for each in row["images"]]} for row in found
    ]


WIKIHOW = ("wikihow", "multiinstruct", "wikihow_next_step", "train", "wikihow/data")
MSVD = ("msvd_qa", "instructblip", "msvd_qa", "test", "MSVD-QA/YouTubeClips")
FLICKR = ("flickr30k", "instructblip", "flickr30k", "test", "flickr30k/flickr30k-images")
SNLI_VE = ("snli_ve", "multiinstruct", "visual_nli", "test", "SNLI-VE/SNLI-VE/data/Flickr30K/images")


@pytest.mark.parametrize(
    ("packed", "archive"),
    [
        (WIKIHOW, "wikihow/wikihow.tar.gz"),
        (WIKIHOW, "wikihow.tar.gz"),
        (WIKIHOW, "wikihow/wikihow.zip?dl=0"),
        (MSVD, "MSVD-QA/YouTubeClips.tar"),
        (MSVD, "MSVD-QA/YouTubeClips.zip"),
        (FLICKR, "flickr30k/flickr30k-images.tar.gz?dl=1"),
        (FLICKR, "flickr30k/flickr30k-images.zip"),
    ],
)
def test_an_archive_is_read_without_unpacking_it(
    tmp_path: Path, packed: tuple[str, str, str, str, str], archive: str
) -> None:
    """The examples and the bytes of their pictures are the same, whatever the end of the archive's name."""
    source, benchmark, task, split, folder = packed
    root = write_demo(tmp_path, images=6, sources=[source])
    expected = without_addresses(rows(root, task, split, benchmark=benchmark))
    pack(Path(root, folder), Path(root, archive))
    assert without_addresses(rows(root, task, split, benchmark=benchmark)) == expected
    assert expected


def test_one_archive_of_pictures_serves_both_sources(tmp_path: Path) -> None:
    """SNLI-VE reads the archive of Flickr30K's pictures where Flickr30K has it."""
    source, benchmark, task, split, folder = SNLI_VE
    root = write_demo(tmp_path, images=6, sources=[source])
    expected = without_addresses(rows(root, task, split, benchmark=benchmark))
    home = Path(root, "flickr30k/flickr30k-images")
    home.parent.mkdir(exist_ok=True)
    shutil.move(Path(root, folder), home)
    pack(home, home.with_name("flickr30k-images.tar.gz"))
    assert without_addresses(rows(root, task, split, benchmark=benchmark)) == expected
