"""What holds for every task and split that a data dir serves, however it is stored and read."""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import fsspec
import pytest

from instraug_datasets.builders import MultiInstruct
from instraug_datasets.builders.rows import ROWS
from instraug_datasets.errors import MissingFilesError, SettingError, UnknownNameError
from instraug_datasets.records import FEATURES
from instraug_datasets.styles import parse_boxes
from instraug_datasets.tasks import BENCHMARKS
from tests.builders.raw_files import rows as rows_from

TASKS = BENCHMARKS["multiinstruct"]
RAW = [row for row in ROWS if row.benchmark == "multiinstruct" and not row.source.extra]
SERVED = list(dict.fromkeys((row.task, split) for row in RAW for split in row.splits))
each_split = pytest.mark.parametrize(("task", "split"), SERVED)

rows = cache(rows_from)
"""The data dirs are read only, and most tests ask for the same rows."""


def content(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its pictures as bytes, wherever they were read from."""
    images = [image["bytes"] or Path(image["path"]).read_bytes() for image in row["images"]]
    return {**row, "images": images}


def contents(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["unique_id"]: content(row) for row in found}


@each_split
def test_rows_follow_the_schema_and_name_their_task(demo_dir: Path, task: str, split: str) -> None:
    """Every row has exactly the columns of FEATURES, one picture, and the fields that the task's instructions need."""
    found = rows(demo_dir, task, split)
    assert found
    for row in found:
        assert list(row) == list(FEATURES)
        assert (row["task"], len(row["images"])) == (task, 1)
        assert all(row[field] or (field, row[field]) == ("history", []) for field in TASKS[task].fields)
        assert row["target"]
        assert row["answers"]


@each_split
def test_unique_ids_are_unique(demo_dir: Path, task: str, split: str) -> None:
    """No two examples of any split of a task share an id, and ids say source and task."""
    ids = [
        row["unique_id"]
        for other in ("train", "validation", "test")
        if (task, other) in SERVED
        for row in rows(demo_dir, task, other)
    ]
    assert len(set(ids)) == len(ids)
    assert {id_.rsplit("/", 1)[0] for id_ in ids} == {f"{row.source.name}/{task}" for row in RAW if row.task == task}


@each_split
def test_the_target_is_one_of_the_options(demo_dir: Path, task: str, split: str) -> None:
    """Where there are options, they differ, and the target (or each of its labels) is exactly one of them."""
    for row in rows(demo_dir, task, split):
        if row["options"] is not None:
            labels = row["meta"].get("labels", [row["target"]])
            assert ", ".join(labels) == row["target"]
            assert [row["options"].count(label) for label in labels] == [1] * len(labels)
            assert len(set(row["options"])) == len(row["options"]) >= 2


@each_split
def test_boxes_lie_inside_the_picture(demo_dir: Path, task: str, split: str) -> None:
    """Boxes in region, options and target have width and height and do not leave the picture."""
    for row in rows(demo_dir, task, split):
        texts = {"options": row["options"] or [], "target": [row["target"]]}
        written = [box for place in row["meta"].get("boxes", []) for text in texts[place] for box in parse_boxes(text)]
        for x1, y1, x2, y2 in [*(row["region"] or []), *written]:
            width, height = row["meta"]["image_size"]
            assert 0 <= x1 < x2 <= width
            assert 0 <= y1 < y2 <= height
        assert row["meta"].get("boxes", []) == list(TASKS[task].boxes)


@each_split
def test_archives_and_folders_give_the_same_rows(demo_dir: Path, zip_dir: Path, task: str, split: str) -> None:
    """Reading from inside the publishers' zips gives the same examples and the same pictures."""
    assert contents(rows(zip_dir, task, split)) == contents(rows(demo_dir, task, split))


@each_split
def test_a_larger_sample_contains_a_smaller_one(demo_dir: Path, task: str, split: str) -> None:
    """`num_examples` takes exactly so many, nested, the same rows as without it, and another seed takes others."""
    whole = contents(rows(demo_dir, task, split))
    three, six = (contents(rows(demo_dir, task, split, num_examples=number)) for number in (3, 6))
    assert (len(three), len(six)) == (min(3, len(whole)), min(6, len(whole)))
    assert three.items() <= six.items() <= whole.items()


def test_another_seed_takes_another_sample(demo_dir: Path) -> None:
    """The sample depends on the seed."""
    samples = [{row["unique_id"] for row in rows(demo_dir, "image_caption", num_examples=5, seed=s)} for s in (0, 1)]
    assert samples[0] != samples[1]


@pytest.mark.parametrize("task", ["ITM", "region_object_selection", "all"])
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("num_examples", [None, 7])
def test_prepared_and_streamed_are_the_same(
    zip_dir: Path, tmp_path: Path, task: str, processes: int, num_examples: int | None
) -> None:
    """Prepared by one process or by two, the rows are those of the stream, in its order where one process works."""
    streamed = rows(zip_dir, task, num_examples=num_examples)
    builder = MultiInstruct(str(tmp_path), config_name=task, data_dir=str(zip_dir), num_examples=num_examples)
    builder.download_and_prepare(num_proc=processes)
    table = builder.as_dataset(split="train").with_format("arrow")[:]
    prepared = [{**row, "meta": json.loads(row["meta"])} for row in table.to_pylist()]
    assert [content(row) for row in prepared] == [content(row) for row in streamed]


@pytest.mark.parametrize("workers", [1, 2])
def test_loader_workers_share_the_work(zip_dir: Path, workers: int) -> None:
    """Workers of a DataLoader, which are forked after the archives were opened, read every row exactly once."""
    data = pytest.importorskip("torch.utils.data")
    builder = MultiInstruct(config_name="ITM", data_dir=str(zip_dir))
    stream = builder.as_streaming_dataset(split="train").decode(False)
    in_process = [row["unique_id"] for row in stream]
    loader = data.DataLoader(stream, batch_size=None, num_workers=workers)
    assert sorted(row["unique_id"] for row in loader) == sorted(in_process)


def test_a_remote_data_dir_gives_the_same_rows(demo_dir: Path) -> None:
    """Raw files behind an fsspec URL give the same examples, with the pictures' bytes in the rows."""
    remote = fsspec.filesystem("memory")
    remote.put(str(demo_dir / "MSCOCO2014"), "/raw/MSCOCO2014", recursive=True)
    found = rows("memory://raw", "ITM")
    assert contents(found) == contents(rows(demo_dir, "ITM"))
    assert all(row["images"][0]["bytes"] for row in found)


def test_all_holds_the_training_tasks_that_are_served(demo_dir: Path, tmp_path: Path) -> None:
    """`all` has every training task whose files are there, and no evaluation task."""
    assert {row["task"] for row in rows(demo_dir, "all")} == {
        row.task for row in RAW if TASKS[row.task].role == "train"
    }
    shutil.copytree(demo_dir / "MSCOCO2014", tmp_path / "MSCOCO2014", ignore=lambda *_: {"captions_train2014.json"})
    assert {row["source"] for row in rows(tmp_path, "all")} == {"mscoco_instances"}


def test_all_without_training_files_names_what_lacks(demo_dir: Path, tmp_path: Path) -> None:
    """Files of evaluation tasks alone do not make an `all`."""
    shutil.copytree(demo_dir / "nlvr", tmp_path / "nlvr")
    with pytest.raises(
        MissingFilesError, match=r"captions_train2014\.json .*(.|\n)*CC BY 4\.0(.|\n)*images\.cocodataset\.org"
    ):
        rows(tmp_path, "all")


def test_tasks_are_found_by_alias(demo_dir: Path) -> None:
    """An alias builds the task it stands for."""
    assert MultiInstruct(config_name="image_text_matching", data_dir=str(demo_dir)).config.name == "ITM"


def test_unknown_tasks_get_near_matches(demo_dir: Path) -> None:
    """A misspelt task raises an error with near matches."""
    with pytest.raises(UnknownNameError, match=r"Unknown task 'image_captoin'. Did you mean 'image_caption'"):
        MultiInstruct(config_name="image_captoin", data_dir=str(demo_dir))


def test_excluded_tasks_say_why() -> None:
    """Asking for an excluded task gives the reason it is excluded for."""
    excluded = [task for task in TASKS.values() if task.role == "excluded"]
    for task in excluded:
        with pytest.raises(SettingError, match=re.escape(task.reason)):
            MultiInstruct(config_name=task.name, data_dir="raw")


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ({"num_examples": 0}, SettingError),
        ({"num_examples": True}, SettingError),
        ({"on_error": "ignore"}, UnknownNameError),
    ],
)
def test_settings_out_of_range_are_refused(demo_dir: Path, setting: dict[str, Any], error: type[Exception]) -> None:
    """An invalid setting is refused before any file is read."""
    with pytest.raises(error):
        MultiInstruct(config_name="ITM", data_dir=str(demo_dir), **setting)


def test_the_data_dir_must_be_given_and_be_there(tmp_path: Path) -> None:
    """A missing `data_dir` argument, and one that does not exist, raise an error."""
    with pytest.raises(SettingError, match="data_dir is missing"):
        MultiInstruct(config_name="ITM").as_streaming_dataset()
    with pytest.raises(MissingFilesError, match="nowhere"):
        rows(tmp_path / "nowhere", "ITM")
