"""A config warns once which tasks lack which raw files, however the data set is loaded."""

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders import MultiInstruct, get_builder
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.builders.rows import rows_of
from instraug_datasets.loading import load_dataset
from instraug_datasets.tasks import BENCHMARKS
from tests.builders.raw_files import write_captions, write_instances, write_json, write_questions

COCO = "MSCOCO2014/annotations"


def logged_warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of all warnings in the log."""
    records = [record for record in caplog.records if record.levelno == logging.WARNING]
    return [line.strip() for record in records for line in record.getMessage().splitlines()]


@pytest.mark.parametrize("benchmark", list(BENCHMARKS))
def test_all_names_every_training_task_that_it_leaves_out(
    benchmark: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With some of the raw files, each training task is in `all` or in the warning; evaluation tasks are in neither."""
    root = write_demo(tmp_path / "raw", images=3, sources=["mscoco", "vqa_v2", "coco_karpathy", "vsr"])
    stream = load_dataset(benchmark, data_dir=root, split="train", streaming=True).decode(False)
    built = {row["task"] for row in stream}
    lines = logged_warnings(caplog)
    assert lines[0].startswith(f"{benchmark}/all is built without files that {str(root)!r} lacks (`instraug sources`")
    named = {task for line in lines[1:] for task in line.partition(": ")[2].partition(";")[0].split(", ")}
    in_part = {task.removesuffix(" (in part)") for task in named if task.endswith(" (in part)")}
    assert in_part <= built
    training = {task.name for task in BENCHMARKS[benchmark].values() if task.role == "train"}
    assert (built | {task for task in named if not task.endswith(" (in part)")}) == training
    assert built >= {row.task for row in rows_of(benchmark) if row.source.name == "vqa_v2" and row.task in training}


def test_the_warning_lists_the_missing_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Tasks of one source share a line; a split is listed if it is served in part, not if no source serves it."""
    write_questions(tmp_path, {1: [("What is it?", "a cat")], 2: [("Where?", "here")]})
    (tmp_path / "OK-VQA/train").mkdir(parents=True)
    MultiInstruct(config_name="open-domain_VQA", data_dir=str(tmp_path)).as_streaming_dataset()
    assert logged_warnings(caplog) == [
        f"multiinstruct/open-domain_VQA is built without files that {str(tmp_path)!r} lacks "
        "(`instraug sources` lists where to get them):",
        "ok_vqa, train: open-domain_VQA (in part); missing: "
        "OK-VQA/train/OpenEnded_mscoco_train2014_questions.json, OK-VQA/train/mscoco_train2014_annotations.json",
        "gqa, train: open-domain_VQA (in part); missing: GQA/train_balanced_questions.json, GQA/images",
        "visual_genome_questions, train: open-domain_VQA (in part); missing: "
        "visual_genome/question_answers.json, visual_genome/VG_100K, visual_genome/VG_100K_2",
    ]


def test_the_warning_lists_a_split_without_its_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A source that has only its training split is listed for the split that another source has."""
    root = write_demo(tmp_path / "raw", images=2, sources=["mscoco"])
    (root / COCO / "instances_val2014.json").unlink()
    MultiInstruct(data_dir=str(root)).as_streaming_dataset()
    assert [line for line in logged_warnings(caplog) if line.startswith("mscoco_")] == [
        "mscoco_instances, validation: region_generation, object_grounding, object_match, object_region_match, "
        "object_region_selection, region_object_selection, missing_object_selection; missing: "
        f"{COCO}/instances_val2014.json"
    ]


def test_each_builder_warns_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A builder warns once however often it streams or prepares; loading a cached data set warns again."""
    write_captions(tmp_path / "raw", {1: ["A cat."], 2: ["A dog."]})
    settings: dict[str, Any] = {"data_dir": str(tmp_path / "raw")}
    counts = []
    for _ in range(2):
        builder = MultiInstruct(str(tmp_path / "cache"), **settings)
        builder.as_streaming_dataset()
        builder.as_streaming_dataset(split="train")
        builder.download_and_prepare()
        counts.append(len([line for line in logged_warnings(caplog) if line.startswith("multiinstruct/all")]))
        caplog.clear()
    load_dataset("multiinstruct", cache_dir=str(tmp_path / "cache"), **settings)
    counts.append(len([line for line in logged_warnings(caplog) if line.startswith("multiinstruct/all")]))
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("benchmark", list(BENCHMARKS))
def test_there_is_no_warning_if_nothing_is_missing(
    benchmark: str, demo_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A complete data dir gives no warning, nor does a task whose only source is complete."""
    get_builder(benchmark)(data_dir=str(demo_dir)).as_streaming_dataset()
    MultiInstruct(config_name="ITM", data_dir=str(demo_dir)).as_streaming_dataset()
    assert logged_warnings(caplog) == []


def test_tasks_in_a_processed_copy_are_not_missing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """If the original project's processed files are there, the raw files behind them are not listed as missing."""
    write_instances(tmp_path, {1: []})
    write_json(tmp_path / "MultiInstruct/train.jsonl", {})
    MultiInstruct(data_dir=str(tmp_path)).as_streaming_dataset()
    assert logged_warnings(caplog) == []


def test_missing_files_do_not_change_what_is_built(
    demo_dir: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A source gives the same examples whether or not other sources are missing."""
    shutil.copytree(demo_dir / "MSCOCO2014", tmp_path / "MSCOCO2014")
    whole, part = (
        {
            row["unique_id"]
            for row in load_dataset("multiinstruct", data_dir=root, split="train", streaming=True).decode(False)
            if row["source"].startswith("mscoco_")
        }
        for root in (demo_dir, tmp_path)
    )
    assert whole == part
    assert logged_warnings(caplog)
