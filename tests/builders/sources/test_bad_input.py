"""Bad raw files raise an error that names file, record and field, or are skipped and counted."""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders import MultiInstruct
from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.errors import (
    ExampleError,
    InstrAugError,
    MissingFilesError,
    PictureError,
    SourceError,
    UnsafePathError,
)
from tests.builders.raw_files import (
    coco_object,
    jpeg,
    picture_path,
    rows,
    write_captions,
    write_instances,
    write_json,
    write_pictures,
    write_questions,
)

CAPTIONS = {1: ["A cat."], 2: ["A dog."], 3: ["A cup."]}
FILE = "MSCOCO2014/annotations/captions_train2014.json"


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    write_json(path, content)


def skipped(root: Path, task: str, counts: Path, **settings: Any) -> tuple[list[str], dict[str, int]]:
    """The ids of a build with `on_error='skip'`, and its counts."""
    ids = [row["unique_id"] for row in rows(root, task, on_error="skip", report_dir=str(counts), **settings)]
    return ids, dict(sum((count.skipped for count in read_counts(counts)), Counter()))


def test_a_missing_file_is_named_with_its_licence_and_place(tmp_path: Path) -> None:
    """An empty data directory raises an error with all files and folders, their archives, the licence and the URLs."""
    with pytest.raises(MissingFilesError) as caught:
        rows(tmp_path, "image_caption")
    message = str(caught.value)
    assert f"{FILE} (or MSCOCO2014/annotations_trainval2014.zip)" in message
    assert "MSCOCO2014/train2014/ (or MSCOCO2014/train2014.zip)" in message
    assert "CC BY 4.0" in message
    assert "http://images.cocodataset.org/zips/train2014.zip" in message


def test_only_served_splits_are_offered(tmp_path: Path) -> None:
    """A split without pictures is not offered; the other splits are."""
    write_json(tmp_path / FILE.replace("train", "val"), {"annotations": []})
    write_captions(tmp_path, CAPTIONS)
    builder = MultiInstruct(config_name="image_caption", data_dir=str(tmp_path))
    assert builder.available_splits() == ["train"]
    assert "MSCOCO2014/val2014/" in builder.explain_missing("validation")
    assert "captions_val2014" not in builder.explain_missing("validation")


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_truncated_json(tmp_path: Path, on_error: str) -> None:
    """A truncated file raises an error with the position of its end, regardless of `on_error`."""
    path = write_captions(tmp_path, CAPTIONS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        SourceError, match=rf"{re.escape(FILE)}: the JSON ends too early, at byte {path.stat().st_size}"
    ):
        rows(tmp_path, "image_caption", on_error=on_error)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "ends too early, at byte 0"),
        (b'{"annotations": [{"id": 1,, }]}', r"not JSON: JSON is malformed: .* \(byte 26\)"),
        (b'{"images": []}', "field annotations: Object missing required field `annotations`"),
        (b'{"annotations": {}}', "field annotations: Expected `array`, got `object`"),
        (b"[]", "Expected `object`, got `array`"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, content: bytes, problem: str) -> None:
    """Invalid JSON, and JSON of another structure, raise an error with file and position or field."""
    write_captions(tmp_path, CAPTIONS).write_bytes(content)
    with pytest.raises(SourceError, match=rf"{re.escape(FILE)}: {problem}|{re.escape(FILE)}: the JSON {problem}"):
        rows(tmp_path, "image_caption")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda record: record.pop("caption"), "caption"),
        (lambda record: record.update(caption=5), "caption"),
        (lambda record: record.pop("image_id"), "image_id"),
        (lambda record: record.update(id="x"), "id"),
        (lambda record: record.update(id=-4), "id"),
        (lambda record: record.update(image_id=2**70), "image_id"),
    ],
)
def test_a_record_without_a_field(tmp_path: Path, change: Callable[[dict[str, Any]], object], field: str) -> None:
    """A bad record raises an error with its position and field, or is skipped and counted; other records are read."""
    edit(write_captions(tmp_path / "raw", CAPTIONS), lambda content: change(content["annotations"][1]))
    with pytest.raises(SourceError) as caught:
        rows(tmp_path / "raw", "image_caption")
    assert (caught.value.file, caught.value.record, caught.value.field) == (FILE, "annotations[1]", field)
    ids, counts = skipped(tmp_path / "raw", "image_caption", tmp_path / "counts")
    assert ids == ["mscoco_captions/image_caption/1", "mscoco_captions/image_caption/3"]
    assert counts == {"bad_record": 1}


def test_bad_neighbours_do_not_spoil_negatives(tmp_path: Path) -> None:
    """An unreadable record is never drawn as a wrong option of another record."""
    path = write_captions(tmp_path / "raw", CAPTIONS)
    edit(path, lambda content: content["annotations"][1].pop("caption"))
    ids, counts = skipped(tmp_path / "raw", "ITM", tmp_path / "counts")
    assert (len(ids), counts) == (2, {"bad_record": 1})


@pytest.mark.parametrize(
    ("change", "where", "field"),
    [
        (lambda c: c["annotations"][0].update(category_id=99), "annotations[0]", "category_id"),
        (lambda c: c["annotations"][0].update(image_id=77), "annotations[0]", "image_id"),
        (lambda c: c["annotations"][0].update(bbox=[1, 2, 3]), "annotations[0]", "bbox"),
        (lambda c: c["annotations"][0].pop("image_id"), "annotations[0]", "image_id"),
        (lambda c: c["images"][0].pop("width"), "images[0]", "width"),
    ],
)
def test_bad_instances(tmp_path: Path, change: Callable[[dict[str, Any]], object], where: str, field: str) -> None:
    """Objects of unknown categories or pictures, and broken boxes, are reported."""
    edit(
        write_instances(
            tmp_path / "raw", {1: [coco_object("cat", 0, 0, 40, 40)], 2: [coco_object("dog", 0, 0, 40, 40)]}
        ),
        change,
    )
    with pytest.raises(SourceError) as caught:
        rows(tmp_path / "raw", "object_grounding")
    assert (caught.value.record, caught.value.field) == (where, field)
    _, counts = skipped(tmp_path / "raw", "object_grounding", tmp_path / "counts")
    assert counts["bad_record"] == 1


@pytest.mark.parametrize("side", [0, 1])
def test_questions_and_answers_that_do_not_join(tmp_path: Path, side: int) -> None:
    """A question without annotation and an annotation without question are both reported."""
    files = write_questions(tmp_path / "raw", {1: [("Is it red?", "no"), ("How many?", "2")]})
    edit(files[side], lambda content: content[("questions", "annotations")[side]].pop(0))
    with pytest.raises(SourceError) as caught:
        rows(tmp_path / "raw", "open-domain_VQA")
    assert caught.value.field == "question_id"
    ids, counts = skipped(tmp_path / "raw", "open-domain_VQA", tmp_path / "counts")
    assert (len(ids), counts) == (1, {"bad_record": 1})


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: path.unlink(), "there is no such image in MSCOCO2014/train2014"),
        (lambda path: path.write_bytes(b""), "the image is an empty file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-200]), "the image is truncated or damaged"),
        (lambda path: path.write_text("<html>404</html>"), "not an image: it starts with b'<html>40'"),
    ],
)
def test_bad_pictures(tmp_path: Path, damage: Callable[[Path], object], problem: str) -> None:
    """A missing, empty, truncated or invalid picture raises an error with its name, or is skipped and counted."""
    write_captions(tmp_path / "raw", CAPTIONS)
    damage(picture_path(tmp_path / "raw", 2))
    with pytest.raises(PictureError, match=rf"COCO_train2014_000000000002\.jpg: {re.escape(problem)}"):
        rows(tmp_path / "raw", "image_caption")
    ids, counts = skipped(tmp_path / "raw", "image_caption", tmp_path / "counts")
    assert ids == ["mscoco_captions/image_caption/1", "mscoco_captions/image_caption/3"]
    assert counts == {"picture_missing_or_damaged": 1}


def test_a_sample_of_a_partial_download_is_full(tmp_path: Path) -> None:
    """Skipped pictures are replaced by others in the sample, and counted."""
    write_captions(tmp_path / "raw", {i: [f"Caption {i}."] for i in range(1, 41)})
    for image_id in range(1, 31):
        picture_path(tmp_path / "raw", image_id).unlink()
    ids, counts = skipped(tmp_path / "raw", "image_caption", tmp_path / "counts", num_examples=10)
    assert sorted(int(id_.rpartition("/")[2]) for id_ in ids) == list(range(31, 41))
    assert counts["picture_missing_or_damaged"] >= 1


def test_a_trailing_byte_is_no_damage(tmp_path: Path) -> None:
    """A complete picture with trailing bytes is decoded and accepted."""
    write_captions(tmp_path, {1: ["A cat."]})
    picture_path(tmp_path, 1).write_bytes(jpeg() + b"\0\0\0")
    assert [row["target"] for row in rows(tmp_path, "image_caption")] == ["A cat."]


VSR = "visual_spatial_reasoning/visual-spatial-reasoning/data"


def write_vsr(root: Path, image: str, folder: str = "trainval2017") -> Path:
    path = root / VSR / "splits/zeroshot/dev.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"image": image, "caption": "It is on it.", "label": 1, "relation": "on"}) + "\n\n")
    (root / VSR / folder).mkdir(exist_ok=True)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.jpg",
        "/etc/passwd",
        "..\\secret.jpg",
        "a/../../secret.jpg",
        "C:x.jpg",
        "s3://b/x.jpg",
        "a\0.jpg",
        "",
    ],
)
def test_paths_that_leave_the_data_dir_are_refused(tmp_path: Path, name: str) -> None:
    """A file name that leaves the folder, is absolute or is not a plain path raises, even if the file exists."""
    root = tmp_path / "raw"
    write_vsr(root, name)
    (root / VSR.rpartition("/")[0] / "secret.jpg").write_bytes(jpeg())
    with pytest.raises(UnsafePathError, match="not a plain path below the data dir"):
        rows(root, "visual_spatial_reasoning", "validation")
    builder = MultiInstruct(config_name="visual_spatial_reasoning", data_dir=str(root), on_error="skip")
    assert list(builder.as_streaming_dataset(split="validation")) == []


def test_a_link_that_leaves_the_data_dir_is_refused(tmp_path: Path) -> None:
    """A symbolic link to a picture elsewhere is refused; a symbolic link to a folder of pictures is followed."""
    write_vsr(tmp_path / "raw", "x.jpg")
    (tmp_path / "x.jpg").write_bytes(jpeg())
    (tmp_path / "raw" / VSR / "trainval2017/x.jpg").symlink_to(tmp_path / "x.jpg")
    with pytest.raises(UnsafePathError, match="is a symbolic link that leads out of"):
        rows(tmp_path / "raw", "visual_spatial_reasoning", "validation")
    (tmp_path / "raw" / VSR / "trainval2017/x.jpg").unlink()
    (tmp_path / "raw" / VSR / "trainval2017").rmdir()
    (tmp_path / "raw" / VSR / "trainval2017").symlink_to(tmp_path)
    assert len(rows(tmp_path / "raw", "visual_spatial_reasoning", "validation")) == 1


@pytest.mark.parametrize("folder", ["trainval2017", "train2017", "val2017"])
def test_vsr_pictures_may_lie_in_any_of_the_folders(tmp_path: Path, folder: str) -> None:
    """The merged folder of the repository and both folders of MSCOCO are searched."""
    write_vsr(tmp_path, "x.jpg", folder)
    (tmp_path / VSR / folder / "x.jpg").write_bytes(jpeg())
    (row,) = rows(tmp_path, "visual_spatial_reasoning", "validation")
    assert row["images"] == [{"path": str(tmp_path / VSR / folder / "x.jpg"), "bytes": None}]


def test_a_bad_line_is_named_by_its_position(tmp_path: Path) -> None:
    """Error messages number the non-blank lines of a file from 0."""
    path = write_vsr(tmp_path, "x.jpg")
    (tmp_path / VSR / "trainval2017/x.jpg").write_bytes(jpeg())
    path.write_text(path.read_text() + '{"image": "x.jpg", "caption": "A.", "label": 2, "relation": "on"}\n')
    with pytest.raises(SourceError, match=r"dev\.jsonl: record line\[1\], field label"):
        rows(tmp_path, "visual_spatial_reasoning", "validation")


@pytest.mark.parametrize("processes", [1, 2])
def test_errors_come_home_from_prepared_builds(tmp_path: Path, processes: int) -> None:
    """A prepared build raises the package's own error, also from a worker process and for errors that are OSErrors."""
    write_captions(tmp_path / "raw", {i: [f"Caption {i}."] for i in range(1, 40)})
    picture_path(tmp_path / "raw", 20).unlink()
    builder = MultiInstruct(str(tmp_path / "cache"), config_name="image_caption", data_dir=str(tmp_path / "raw"))
    with pytest.raises(PictureError, match=r"000000000020\.jpg"):
        builder.download_and_prepare(num_proc=processes)
    write_vsr(tmp_path / "raw", "../x.jpg")
    builder = MultiInstruct(
        str(tmp_path / "cache"), config_name="visual_spatial_reasoning", data_dir=str(tmp_path / "raw")
    )
    with pytest.raises(UnsafePathError):
        builder.download_and_prepare(num_proc=processes)


def test_skipped_records_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A build that skipped records logs it once, with counts per reason."""
    path = write_captions(tmp_path / "raw", {i: [f"Caption {i}."] for i in range(1, 40)})
    edit(path, lambda content: [content["annotations"][i].pop("caption") for i in (3, 30)])
    picture_path(tmp_path / "raw", 20).unlink()
    builder = MultiInstruct(
        str(tmp_path / "cache"), config_name="image_caption", data_dir=str(tmp_path / "raw"), on_error="skip"
    )
    with caplog.at_level(logging.WARNING, logger="instraug_datasets"):
        builder.download_and_prepare()
    expected = "image_caption train: 2 bad_record; image_caption train: 1 picture_missing_or_damaged"
    assert caplog.messages == [f"Skipped 3 records ({expected})."]


def test_repeated_ids_are_counted_when_skipped(tmp_path: Path) -> None:
    """The first record of an id is kept, the others are counted."""
    same = {"id": 5, "image_id": 1, "caption": "A cat."}
    write_pictures(tmp_path / "raw", [1])
    write_json(tmp_path / "raw" / FILE, {"annotations": [same, same, {**same, "id": 6}, same]})
    ids, counts = skipped(tmp_path / "raw", "image_caption", tmp_path / "counts")
    assert ids == ["mscoco_captions/image_caption/5", "mscoco_captions/image_caption/6"]
    assert counts == {"repeated_id": 2}
    with pytest.raises(ExampleError):
        rows(tmp_path / "raw", "image_caption")


def test_a_damaged_zip_is_named(tmp_path: Path, zip_dir: Path) -> None:
    """A truncated zip raises an error that names the archive."""
    (tmp_path / "MSCOCO2014").mkdir()
    for name in ("annotations_trainval2014.zip", "train2014.zip"):
        (tmp_path / "MSCOCO2014" / name).write_bytes((zip_dir / "MSCOCO2014" / name).read_bytes()[:-100])
    with pytest.raises(InstrAugError, match=r"annotations_trainval2014\.zip: not a zip file, or an incomplete one"):
        rows(tmp_path, "image_caption")
