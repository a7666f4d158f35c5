"""Prompts that Ray Data makes, as JSON: python prompts.py FOLDER, where FOLDER has the built tasks in `built`."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import ray
import ray.data

import instraug_datasets.ray
from instraug_datasets import InstructionAugmenter, InstructionPool
from instraug_datasets.errors import ExampleError, SettingError, UnknownNameError

FOLDER = Path(sys.argv[1])
BUILT = FOLDER / "built"
POOL = str(FOLDER / "pool.parquet")
OTHER_DATA: Any = []
LABELS = InstructionPool.from_dict({"t": ["Is it {answer}?"]})


def prompts(dataset: Any) -> dict[str, list[Any]]:
    """Prompt, instruction and the pictures' bytes by id."""
    rows = dataset.take_all()
    found = {row["unique_id"]: [row["prompt"], row["instruction_id"], pictures(row)] for row in rows}
    assert len(found) == len(rows)
    return found


def pictures(row: dict[str, Any]) -> list[str]:
    """Of each picture, a hash of its bytes, or what else Ray made of it."""
    if not all(isinstance(image, dict) for image in row["images"]):
        return [type(image).__name__ for image in row["images"]]
    return [hashlib.sha256(image["bytes"]).hexdigest() for image in row["images"]]


def refused(call: Any) -> str:
    try:
        call()
    except (ExampleError, SettingError, UnknownNameError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def ranks(dataset: Any, count: int) -> dict[str, str]:
    """The prompts of each of several readers, as those of Ray Train, which augment what they are given."""
    augmenter = InstructionAugmenter(POOL, seed=7, epoch=2)
    shards = dataset.streaming_split(count, equal=False)
    found: dict[str, str] = {}
    for part in ray.get([_read_shard.remote(shard, augmenter) for shard in shards]):
        assert not found.keys() & part.keys()
        found |= part
    return found


@ray.remote(num_cpus=0)
def _read_shard(shard: Any, augmenter: InstructionAugmenter) -> dict[str, str]:
    tables = [augmenter(table) for table in shard.iter_batches(batch_format="pyarrow", batch_size=3)]
    return {row["unique_id"]: row["prompt"] for table in tables for row in table.to_pylist()}


def main() -> None:
    examples = instraug_datasets.ray.read(BUILT)
    result: dict[str, Any] = {"epochs": {}, "blocks": {}}
    for epoch in range(3):
        result["epochs"][epoch] = prompts(instraug_datasets.ray.augment(examples, POOL, epoch=epoch, seed=7))
    for blocks in (1, 5):
        data = examples.repartition(blocks).materialize()
        result["blocks"][blocks] = prompts(instraug_datasets.ray.augment(data, POOL, epoch=1, seed=7))
    result["one task"] = prompts(
        instraug_datasets.ray.augment(instraug_datasets.ray.read(BUILT, "ITM", split="validation"), POOL, epoch=0)
    )
    result["ranks"] = ranks(examples, 2)
    labelled = instraug_datasets.ray.read(FOLDER / "labelled")
    named = instraug_datasets.ray.augment(labelled, LABELS, epoch=0, task="t")
    result["labels"] = [row["prompt"] for row in named.sort("unique_id").take_all()]
    result["kind"] = str(examples.schema(fetch_if_missing=False).base_schema.field("images").type)
    result["refused"] = [
        refused(lambda: instraug_datasets.ray.read(BUILT, split="dev")),
        refused(lambda: instraug_datasets.ray.augment(OTHER_DATA, POOL, epoch=0)),
        refused(lambda: instraug_datasets.ray.augment(examples, POOL, epoch=-1)),
        refused(lambda: instraug_datasets.ray.augment(labelled, LABELS, epoch=0, tasks="t")),
        refused(lambda: instraug_datasets.ray.augment(examples.rename_columns({"target": "prompt"}), LABELS, epoch=0)),
    ]
    (FOLDER / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    ray.init(num_cpus=2, object_store_memory=200_000_000, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    main()
