"""InstructBLIP: what holds for each of its 26 data sets, and for the frames of those about videos."""

import io
import json
from collections import Counter
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from instraug_datasets import augment
from instraug_datasets.builders import InstructBlip
from instraug_datasets.builders.rows import rows_of
from instraug_datasets.errors import SettingError
from instraug_datasets.loading import load_dataset
from instraug_datasets.records import FEATURES
from instraug_datasets.tasks import BENCHMARKS
from tests.builders.raw_files import rows as rows_from

TASKS = BENCHMARKS["instructblip"]
ROWS = rows_of("instructblip")
VIDEOS = {"msvd_qa", "msrvtt_qa", "ivqa"}
needs_av = pytest.mark.skipif(find_spec("av") is None, reason="PyAV, the extra `video`, is not installed")

SPLITS = {
    "coco_caption": ("train", "validation", "test"),
    "web_capfilt": ("train",),
    "nocaps": ("test",),
    "flickr30k": ("validation", "test"),
    "textcaps": ("train", "validation"),
    "gqa": ("validation", "test"),
    "visual_spatial_reasoning": ("validation", "test"),
    "iconqa": ("validation", "test"),
    "vqav2": ("train", "validation"),
    "vizwiz": ("test",),
    "okvqa": ("train", "validation"),
    "aokvqa": ("train", "validation"),
    "scienceqa": ("validation", "test"),
    "ocr_vqa": ("train", "validation", "test"),
    "textvqa": ("test",),
    "vqav2_qg": ("train",),
    "okvqa_qg": ("train",),
    "aokvqa_qg": ("train",),
    "msvd_qa": ("validation", "test"),
    "msrvtt_qa": ("validation", "test"),
    "ivqa": ("validation", "test"),
    "visual_dialog": ("test",),
    "hateful_memes": ("validation", "test"),
    "llava_conversation": ("train",),
    "llava_complex_reasoning": ("train",),
    "llava_detailed_description": ("train",),
}
each_split = pytest.mark.parametrize(
    ("task", "split"),
    [
        pytest.param(task, split, marks=[needs_av] if task in VIDEOS else [])
        for task, splits in SPLITS.items()
        for split in splits
    ],
)


@cache
def rows(root: Path, task: str, split: str = "train") -> list[dict[str, Any]]:
    return rows_from(root, task, split, benchmark="instructblip")


def contents(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by id, with their pictures as bytes, wherever they were read from."""
    return {
        row["unique_id"]: {
            **row,
            "images": [each["bytes"] or Path(each["path"]).read_bytes() for each in row["images"]],
        }
        for row in found
    }


def test_every_data_set_of_the_paper_is_there() -> None:
    """All 26 data sets in 11 categories, 13 of them held in, have rows that declare these splits."""
    offered = {task: {split for row in ROWS if row.task == task for split in row.splits} for task in TASKS}
    assert offered == {task: set(splits) for task, splits in SPLITS.items()}
    assert (len(TASKS), len({task.category for task in TASKS.values()})) == (26, 11)
    assert Counter(task.role for task in TASKS.values()) == {"train": 13, "eval": 13}
    assert {task for task, splits in SPLITS.items() if "train" in splits} == {
        task.name for task in TASKS.values() if task.role == "train"
    }


@each_split
def test_rows_follow_the_schema(demo_dir: Path, task: str, split: str) -> None:
    """Every row has the columns of FEATURES, a picture or the frames of a video, and the fields of its task alone."""
    found = rows(demo_dir, task, split)
    assert len(found) >= 5
    needed, optional = set(TASKS[task].fields), set(TASKS[task].optional_fields)
    for row in found:
        assert list(row) == list(FEATURES)
        assert (row["task"], len(row["images"])) == (task, 4 if task in VIDEOS else 1)
        fields = ("question", "text", "context", "options", "region", "answer", "history")
        present = {name for name in fields if row[name] is not None}
        assert needed <= present <= needed | optional
        assert all(row[name] for name in present - {"history"})
        assert row["target"]
        assert row["answers"]


@each_split
def test_ids_and_options_are_sound(demo_dir: Path, task: str, split: str) -> None:
    """Ids are unique over all splits and name source and task; a target is one of its options, which all differ."""
    ids = [row["unique_id"] for other in SPLITS[task] for row in rows(demo_dir, task, other)]
    assert len(set(ids)) == len(ids)
    prefixes = {f"{row.source.name}/{task}" for row in ROWS if row.task == task}
    assert {id_.rsplit("/", 1)[0] for id_ in ids} == prefixes
    for row in rows(demo_dir, task, split):
        if row["options"] is not None:
            assert row["options"].count(row["target"]) == 1
            assert len(set(row["options"])) == len(row["options"]) >= 2


@each_split
def test_archives_give_the_same_rows(demo_dir: Path, zip_dir: Path, task: str, split: str) -> None:
    """Reading from inside the publishers' zips gives the same examples and the same pictures."""
    assert contents(rows(zip_dir, task, split)) == contents(rows(demo_dir, task, split))


@each_split
def test_a_larger_sample_contains_a_smaller_one(demo_dir: Path, task: str, split: str) -> None:
    """`num_examples` takes exactly so many, nested, the same rows as without it."""
    three, five = (contents(rows_from(demo_dir, task, split, benchmark="instructblip", num_examples=n)) for n in (3, 5))
    assert (len(three), len(five)) == (3, 5)
    assert three.items() <= five.items() <= contents(rows(demo_dir, task, split)).items()


@each_split
def test_every_example_can_be_shown(demo_dir: Path, task: str, split: str) -> None:
    """The bundled pool has a wording for every task, which every example fills."""
    stream = InstructBlip(config_name=task, data_dir=str(demo_dir)).as_streaming_dataset(split=split).decode(False)
    prompts = [row["prompt"] for row in augment(stream, "instructblip", seed=1).take(5)]
    assert len(prompts) == 5
    assert all(prompts)


def test_all_holds_what_is_held_in(demo_dir: Path) -> None:
    """The default config has every data set that is held in, and none that is held out."""
    assert {row["task"] for row in rows(demo_dir, "all")} == {
        task.name for task in TASKS.values() if task.role == "train"
    }


@pytest.mark.parametrize("task", ["ocr_vqa", pytest.param("ivqa", marks=needs_av)])
@pytest.mark.parametrize("processes", [1, 2])
def test_prepared_and_streamed_are_the_same(demo_dir: Path, tmp_path: Path, task: str, processes: int) -> None:
    """Prepared by one process or by two, the rows are those of the stream, frames included."""
    builder = InstructBlip(str(tmp_path), config_name=task, data_dir=str(demo_dir))
    builder.download_and_prepare(num_proc=processes)
    table = builder.as_dataset(split="test").with_format("arrow")[:]
    prepared = [{**row, "meta": json.loads(row["meta"])} for row in table.to_pylist()]
    assert contents(prepared) == contents(rows(demo_dir, task, "test"))


@needs_av
def test_the_number_of_frames_is_a_setting(demo_dir: Path, tmp_path: Path) -> None:
    """As many frames as asked for, each a picture; a prepared copy with another number is another copy."""
    settings: list[dict[str, Any]] = [{"num_frames": 2}, {}]
    two, four = (
        load_dataset("instructblip", "msvd_qa", data_dir=demo_dir, split="test", cache_dir=str(tmp_path), **setting)
        for setting in settings
    )
    assert ({len(images) for images in two["images"]}, {len(images) for images in four["images"]}) == ({2}, {4})
    with pytest.raises(SettingError, match=r"num_frames must be a whole number from 1, but got 0"):
        load_dataset("instructblip", "msvd_qa", data_dir=demo_dir, split="test", num_frames=0)


@needs_av
def test_frames_are_decodable_pictures_in_order(demo_dir: Path) -> None:
    """The shapes of a demo video drift to the right, and so they do in its frames."""
    for row in rows(demo_dir, "msrvtt_qa", "test"):
        assert [Path(each["path"]).suffix for each in row["images"]] == [".jpg"] * 4
        assert len({each["bytes"] for each in row["images"]}) == 4
        assert {Image.open(io.BytesIO(each["bytes"])).format for each in row["images"]} == {"JPEG"}
