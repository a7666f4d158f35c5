"""Ray Data shows the prompts that a local stream shows, over any number of blocks and readers."""

import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, Value, load_dataset

from instraug_datasets import InstructionPool, augment
from instraug_datasets.builders import build
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.tasks import BENCHMARKS
from tests.ray.running import run_script

pytest.importorskip("ray")

TASKS = ["ITM", "natural_language_visual_reasoning"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two built tasks, a pool, and data with a label column."""
    folder = tmp_path_factory.mktemp("ray")
    raw = write_demo(folder / "raw", seed=0, images=12)
    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)
    build("multiinstruct", TASKS, data_dir=raw, output=folder / "built", num_examples=8, progress=False)
    InstructionPool.from_tasks(BENCHMARKS["multiinstruct"].values()).save(folder / "pool.parquet")
    features = Features({"unique_id": Value("string"), "answer": ClassLabel(names=["no", "yes"])})
    Dataset.from_dict({"unique_id": ["a", "b"], "answer": [1, 0]}, features=features).to_parquet(
        folder / "labelled" / "train-00000-of-00001.parquet"
    )
    return folder


@pytest.fixture(scope="module")
def result(folder: Path) -> Any:
    """What the script found."""
    return run_script(Path(__file__).with_name("prompts.py"), folder)


def local(folder: Path, epoch: int, path: str = "", split: str = "train", **options: Any) -> dict[str, list[Any]]:
    """Prompt, instruction and the pictures' bytes by id, of the local stream."""
    files = str(folder / "built" / path / "**" / f"{split}-*.parquet")
    data = load_dataset("parquet", data_files=files, split="train", streaming=True).decode(False)
    stream = augment(data, str(folder / "pool.parquet"), **options)
    stream.set_epoch(epoch)
    return {row["unique_id"]: [row["prompt"], row["instruction_id"], _hashes(row["images"])] for row in stream}


def _hashes(images: list[dict[str, Any]]) -> list[str]:
    return [hashlib.sha256(image["bytes"]).hexdigest() for image in images]


def test_every_epoch_is_the_local_one(folder: Path, result: Any) -> None:
    """Prompts, instructions and the stored bytes of pictures are those of the stream, in three epochs."""
    for epoch in range(3):
        assert result["epochs"][str(epoch)] == local(folder, epoch, seed=7)
    assert result["epochs"]["0"] != result["epochs"]["1"]


def test_blocks_change_nothing(folder: Path, result: Any) -> None:
    """One block and five give the same prompts, and so does one task of another split."""
    assert result["blocks"]["1"] == result["blocks"]["5"] == local(folder, 1, seed=7)
    assert result["one task"] == local(folder, 0, "ITM", "validation")


def test_readers_may_augment_their_batches(folder: Path, result: Any) -> None:
    """Two readers that share a data set, as in Ray Train, see each example once, with the prompt of their epoch."""
    assert result["ranks"] == {name: values[0] for name, values in local(folder, 2, seed=7).items()}


def test_labels_are_shown_by_name(result: Any) -> None:
    """Names of a `ClassLabel` are read from the schema before Ray forgets it, and pictures are structs."""
    assert result["labels"] == ["Is it yes?", "Is it no?"]
    assert result["kind"] == "list<element: struct<bytes: binary, path: string>>"


def test_what_cannot_be_is_refused(result: Any) -> None:
    """An unknown split or option, other data, a wrong epoch and a column of ours are errors before anything runs."""
    split, other, epoch, option, column = result["refused"]
    assert split.startswith("UnknownNameError: ")
    assert "'dev'" in split
    assert "train, validation" in split
    assert other == (
        "SettingError: Expected a ray.data.Dataset, as instraug_datasets.ray.read() returns it, but got list."
    )
    assert epoch == "SettingError: An epoch must be a whole number from 0 to 2**64 - 1, but got -1."
    assert "'tasks'" in option
    assert column.startswith("ExampleError: The data already have a column 'prompt'")
