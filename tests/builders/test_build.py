"""`build`: Parquet shards with pictures inside, resumable, never half-written."""

import json
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from instraug_datasets.builders import Built, build
from instraug_datasets.errors import PictureError, UnknownNameError
from instraug_datasets.records import FEATURES
from tests.builders.raw_files import picture_path, rows, write_captions, write_json

CAPTIONS = {i: [f"Caption {i}."] for i in range(1, 9)}


def summary(built: list[Built]) -> list[tuple[Any, ...]]:
    return [(each.task, each.split, each.sources, each.examples, dict(each.skipped), each.reused) for each in built]


def test_shards_load_as_a_data_set(demo_dir: Path, tmp_path: Path) -> None:
    """Shards have the schema, the rows of the stream and the pictures' bytes, beside a list of skipped records only."""
    built = build("multiinstruct", ["ITM"], data_dir=demo_dir, output=tmp_path / "out", num_examples=6, progress=False)
    assert summary(built) == [
        ("ITM", "train", ("mscoco_captions",), 6, {}, False),
        ("ITM", "validation", ("mscoco_captions",), 6, {}, False),
    ]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if not path.name.startswith(".")) == [
        "ITM",
        "skipped.jsonl",
        "train-00000-of-00001.parquet",
        "validation-00000-of-00001.parquet",
    ]
    found = datasets.load_dataset(str(tmp_path / "out/ITM"), split="train", cache_dir=str(tmp_path / "cache"))
    assert found.features == FEATURES
    assert found["unique_id"][:] == [row["unique_id"] for row in rows(demo_dir, "ITM", num_examples=6)]
    table = pq.read_table(tmp_path / "out/ITM/train-00000-of-00001.parquet")
    assert all(image[0]["bytes"] for image in table["images"].to_pylist())


def test_processes_change_nothing(demo_dir: Path, tmp_path: Path) -> None:
    """Two processes write the same rows in the same order as one."""
    tables = []
    for processes in (1, 2):
        out = tmp_path / str(processes)
        build("multiinstruct", ["object_match"], data_dir=demo_dir, output=out, num_proc=processes, progress=False)
        tables.append(
            [row for shard in sorted(out.rglob("train-*.parquet")) for row in pq.read_table(shard).to_pylist()]
        )
    assert tables[0] == tables[1]


def test_finished_splits_are_not_built_again(tmp_path: Path) -> None:
    """A second build does nothing, one with other settings or raw files does, and `force` always does."""

    def reused(**settings: Any) -> list[bool]:
        built = build(
            "multiinstruct",
            ["image_caption"],
            data_dir=tmp_path / "raw",
            output=tmp_path / "out",
            progress=False,
            **settings,
        )
        return [each.reused for each in built if each.problem is None]

    write_captions(tmp_path / "raw", CAPTIONS)
    assert [reused(), reused(), reused(seed=1), reused(), reused(force=True)] == [
        [False],
        [True],
        [False],
        [False],
        [False],
    ]
    (tmp_path / "out/image_caption/train-00000-of-00001.parquet").unlink()
    assert reused() == [False]
    (tmp_path / "out/image_caption/.train.json").unlink()  # as after a kill while shards changed places
    (tmp_path / "out/.partial-image_caption/data").mkdir(parents=True)
    assert reused() == [False]
    assert not (tmp_path / "out/.partial-image_caption").exists()
    write_captions(tmp_path / "raw", {**CAPTIONS, 9: ["One more."]})
    assert reused() == [False]


def test_missing_files_are_reported_not_raised(demo_dir: Path, tmp_path: Path) -> None:
    """Tasks whose files are missing are named with what they lack, and the others are built."""
    write_captions(tmp_path / "raw", CAPTIONS)
    built = build("multiinstruct", None, data_dir=tmp_path / "raw", output=tmp_path / "out", progress=False)
    good = [(each.task, each.split, each.examples) for each in built if each.problem is None]
    assert good == [(task, "train", 8) for task in ("image_caption", "ITM", "image_text_selection")]
    (nlvr,) = [each for each in built if (each.task, each.split) == ("natural_language_visual_reasoning", "test")]
    assert "nlvr/nlvr/nlvr/test/test.json (or nlvr/nlvr-master.zip)" in str(nlvr.problem)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "ITM",
        "image_caption",
        "image_text_selection",
    ]


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    """An error half-way leaves no shard of the split, and the next build is whole; skipped pictures are counted."""
    write_captions(tmp_path / "raw", CAPTIONS)
    picture_path(tmp_path / "raw", 8).unlink()
    arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
    with pytest.raises(PictureError):
        build("multiinstruct", ["image_caption"], **arguments, num_examples=None)
    assert list((tmp_path / "out").rglob("*")) == []
    built = build("multiinstruct", ["image_caption"], **arguments, num_examples=None, on_error="skip")
    assert summary(built[:1]) == [
        ("image_caption", "train", ("mscoco_captions",), 7, {"picture_missing_or_damaged": 1}, False)
    ]


@pytest.mark.parametrize("processes", [None, 2])
def test_skipped_records_are_listed(tmp_path: Path, processes: int | None) -> None:
    """Every skipped record is listed with file, key, position and reason, by any number of processes."""
    annotations = write_captions(tmp_path / "raw", CAPTIONS)
    content = json.loads(annotations.read_text())
    del content["annotations"][1]["caption"]
    write_json(annotations, content)
    picture_path(tmp_path / "raw", 8).unlink()
    arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
    for _ in range(2):  # a second build adds nothing
        build("multiinstruct", ["image_caption"], **arguments, num_examples=None, num_proc=processes, on_error="skip")
    listed = [json.loads(line) for line in (tmp_path / "out/image_caption/skipped.jsonl").read_text().splitlines()]
    found = [tuple(line[name] for name in ("split", "file", "key", "record", "reason")) for line in listed]
    assert sorted(found) == [
        ("train", "COCO_train2014_000000000008.jpg", "8", "", "picture_missing_or_damaged"),
        ("train", "MSCOCO2014/annotations/captions_train2014.json", "2", "annotations[1]", "bad_record"),
    ]
    assert [line["problem"].endswith("missing required field `caption`") for line in listed if line["record"]] == [True]


@pytest.mark.parametrize("processes", [None, 2])
def test_an_error_says_how_to_go_on(tmp_path: Path, processes: int | None) -> None:
    """The error that stops a build counts what was read so far and names the setting that skips such records."""
    write_captions(tmp_path / "raw", CAPTIONS)
    picture_path(tmp_path / "raw", 8).unlink()
    arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
    with pytest.raises(PictureError, match=r"1 of the \d records of mscoco_captions .*--on-error skip.*skipped\.jsonl"):
        build("multiinstruct", ["image_caption"], **arguments, num_examples=None, num_proc=processes)


def test_pictures_can_be_decoded(tmp_path: Path) -> None:
    """A JPEG that is only header and end marker passes the check of its header, but not decoding."""
    write_captions(tmp_path / "raw", CAPTIONS)
    whole = picture_path(tmp_path / "raw", 8).read_bytes()
    picture_path(tmp_path / "raw", 8).write_bytes(whole[:20] + whole[-2:])
    arguments: dict[str, Any] = {
        "data_dir": tmp_path / "raw",
        "output": tmp_path / "out",
        "progress": False,
        "num_examples": None,
    }
    with pytest.raises(PictureError, match=r"COCO_train2014_000000000008\.jpg: the image is truncated or damaged"):
        build("multiinstruct", ["image_caption"], **arguments, check_pictures="decode")
    with pytest.raises(UnknownNameError, match="Did you mean 'decode'"):
        build("multiinstruct", ["image_caption"], **arguments, check_pictures="decoded")
    built = [
        build("multiinstruct", ["image_caption"], **arguments, on_error="skip", check_pictures=check)[0]
        for check in ("header", "decode")
    ]
    assert [(each.examples, dict(each.skipped)) for each in built] == [(8, {}), (7, {"picture_missing_or_damaged": 1})]


def test_names_are_checked_before_anything_is_built(tmp_path: Path) -> None:
    """A misspelt benchmark or task stops the build at once."""
    with pytest.raises(UnknownNameError, match="multiinstruct"):
        build("multiinstructs", ["ITM"], data_dir=tmp_path, output=tmp_path / "out")
    with pytest.raises(UnknownNameError, match="ITM"):
        build("multiinstruct", ["image_caption", "ITMM"], data_dir=tmp_path, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
