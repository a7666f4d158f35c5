"""`check_sources`: what is there, what it holds, and the first thing that is wrong."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from instraug_datasets.builders import CheckedSource, check_sources
from instraug_datasets.errors import MissingFilesError, UnknownNameError
from instraug_datasets.tasks import BENCHMARKS
from tests.builders.raw_files import picture_path, write_captions, write_json, write_questions

CAPTIONS = {i: [f"Caption {i}."] for i in range(1, 9)}
FILE = "MSCOCO2014/annotations/captions_train2014.json"


def check_one(root: Path, name: str = "mscoco_captions", **settings: bool) -> CheckedSource:
    (checked,) = check_sources(root, [name], **settings)
    return checked


def test_nothing_is_wrong_with_the_demo(demo_dir: Path) -> None:
    """Every source of the demo has records and pictures, none of them bad, and an example of each of its tasks."""
    checked = list(check_sources(demo_dir))
    assert [problem for source in checked for problem in source.problems] == []
    assert all(split.records and split.pictures.checked for source in checked for split in source.splits)
    shown = {(each.benchmark, each.task) for source in checked for each in source.examples}
    assert {benchmark for benchmark, _ in shown} == {"multiinstruct", "instructblip"} <= set(BENCHMARKS)
    assert len(checked) > 35
    assert len(shown) > 70


def test_a_source_is_described(tmp_path: Path) -> None:
    """Files, records, pictures, licence and one example per task, read from a folder or an archive."""
    annotations = write_captions(tmp_path, CAPTIONS)
    direct = check_one(tmp_path)
    with zipfile.ZipFile(tmp_path / "MSCOCO2014/annotations_trainval2014.zip", "w") as archive:
        archive.write(annotations, "annotations/captions_train2014.json")
    annotations.unlink()
    assert check_one(tmp_path) == direct
    (split,) = direct.splits
    assert (split.split, split.files, split.records, split.bad, split.pictures.named, split.pictures.checked) == (
        "train",
        (FILE,),
        8,
        0,
        8,
        8,
    )
    assert "CC BY 4.0" in direct.licence
    assert {each.task for each in direct.examples} == {each.partition("/")[2] for each in split.tasks}
    assert direct.examples[0].row["target"] == "Caption 1."
    assert direct.problems == ()


def test_the_first_bad_record_is_named(tmp_path: Path) -> None:
    """Bad records are counted, and the first is named with file, position and field."""
    path = write_captions(tmp_path, CAPTIONS)
    content = json.loads(path.read_text())
    for index in (2, 5):
        del content["annotations"][index]["caption"]
    write_json(path, content)
    (problem,) = check_one(tmp_path).problems
    assert problem.startswith("mscoco_captions, train: 2 of 8 records cannot be used, the first: " + FILE)
    assert "record annotations[2], field caption" in problem


@pytest.mark.parametrize("damage", ["missing", "empty inside"])
def test_bad_pictures_are_named(tmp_path: Path, damage: str) -> None:
    """A picture that is missing, or whose damage only decoding shows, is found."""
    write_captions(tmp_path, CAPTIONS)
    picture = picture_path(tmp_path, 5)
    whole = picture.read_bytes()
    picture.unlink() if damage == "missing" else picture.write_bytes(whole[:20] + whole[-2:])
    (problem,) = check_one(tmp_path).problems
    assert "1 of 8 pictures are missing or damaged, the first: COCO_train2014_000000000005.jpg" in problem


def test_a_sample_is_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `every_picture` a sample is decoded, which depends on the names of the pictures alone."""
    monkeypatch.setattr("instraug_datasets.builders.check.PICTURE_SAMPLE", 3)
    path = write_captions(tmp_path, CAPTIONS)
    for image_id in CAPTIONS:
        picture_path(tmp_path, image_id).write_bytes(b"")
    first = check_one(tmp_path)
    content = json.loads(path.read_text())
    write_json(path, {"annotations": content["annotations"][::-1]})
    second = check_one(tmp_path)
    assert [each.splits[0].pictures.checked for each in (first, second, check_one(tmp_path, every_picture=True))] == [
        3,
        3,
        8,
    ]
    assert first.splits[0].pictures == second.splits[0].pictures


def test_counts_are_compared_with_published_ones(tmp_path: Path) -> None:
    """Another number of records than published is a problem that says who publishes it."""
    write_questions(tmp_path, {1: [("What is it?", "cat")]})
    (problem,) = check_one(tmp_path, "vqa_v2").problems
    assert problem == "vqa_v2, train: 1 records, but 443,757 are published (https://visualqa.org/download.html)"


def test_missing_pictures_and_broken_files(tmp_path: Path) -> None:
    """Records are read without their pictures too; a file that cannot be read is one problem."""
    path = write_captions(tmp_path, CAPTIONS)
    shutil.rmtree(tmp_path / "MSCOCO2014/train2014")
    checked = check_one(tmp_path)
    assert checked.problems == (
        "mscoco_captions, train: missing MSCOCO2014/train2014; see `instraug sources mscoco_captions`",
    )
    assert (checked.splits[0].records, checked.splits[0].pictures.checked) == (8, 0)
    path.write_bytes(path.read_bytes()[:50])
    assert f"{FILE}: the JSON ends too early, at byte 50" in check_one(tmp_path).problems[-1]


def test_names_and_folders_are_checked(tmp_path: Path) -> None:
    """A source that is asked for and not there is a problem; others are left out; unknown ones are refused."""
    assert list(check_sources(tmp_path)) == []
    (problem,) = check_one(tmp_path, "gqa").problems
    assert "GQA" in problem
    with pytest.raises(UnknownNameError, match="Did you mean 'gqa'"):
        check_sources(tmp_path, ["gqaa"])
    with pytest.raises(MissingFilesError):
        check_sources(tmp_path / "nothing")
