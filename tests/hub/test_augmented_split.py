"""Augmented splits: the prompts of several epochs written out, as cheap to store as one."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset, Features
from PIL import Image

from instraug_datasets.hub.recipe import Recipe
from instraug_datasets.hub.rewriting import AUGMENTED_FEATURES
from instraug_datasets.pool import InstructionPool
from instraug_datasets.records import FEATURES, Example
from tests.hub import our_jobs, plain_jobs
from tests.hub.client import Client, ClientError
from tests.hub.server.hub import Hub
from tests.hub.server.xet import stored_bytes
from tests.hub.test_publish import REPO, publish

AUGMENTED: dict[str, Any] = {"tasks": ["image_quality", "ITM"], "augmented_split": "train_aug", "variants": 3}


def test_a_split_holds_the_prompts_of_each_epoch(hub: Hub, client: Client, built: Path) -> None:
    """Every example once for each epoch, under `id#epoch`, with the prompt that a stream gives it then."""
    publish(client, built, **AUGMENTED)
    written = client.run(plain_jobs.columns, REPO, "train_aug", "train_aug")
    found = dict(zip(written["unique_id"], written["prompt"], strict=True))
    shown = client.run(our_jobs.prompts, REPO, None, "train", 3)
    assert found == {f"{key}#{epoch}": prompt for epoch in range(3) for key, prompt in shown[epoch].items()}
    assert len(found) == 36


def test_types_are_exact(hub: Hub, client: Client, built: Path) -> None:
    """Columns that are null in every row have the type that they have elsewhere."""
    publish(client, built, **AUGMENTED)
    for streaming in (True, False):
        told = client.run(our_jobs.features, REPO, "train_aug", "train_aug", streaming)
        assert Features.from_dict(told) == AUGMENTED_FEATURES


def test_publishing_again_writes_nothing_and_leaving_it_out_removes_it(hub: Hub, client: Client, built: Path) -> None:
    """What is written is the same each time; a whole publication without the split takes it away."""
    publish(client, built, **AUGMENTED)
    again = publish(client, built, **AUGMENTED)
    assert (again["changed"], again["uploaded"]) == (False, [])
    publish(client, built)
    assert [path for path in hub.store.at(REPO).files() if path.startswith("train_aug/")] == []
    assert "train_aug" not in hub.store.at(REPO).read("README.md").decode()


def test_a_task_more_keeps_the_others(hub: Hub, client: Client, built: Path) -> None:
    """Card and recipe count what the split then holds; other variants are refused, and what grows stale is named."""
    split: dict[str, Any] = {"augmented_split": "train_aug", "variants": 3}
    publish(client, built, tasks=["ITM"], **split)
    publish(client, built, tasks=["image_quality"], **split)
    facts = Recipe.from_yaml(hub.store.at(REPO).read("augmentation.yaml").decode()).configs["train_aug"]
    assert (facts.splits, facts.tasks) == ({"train_aug": 36}, {"ITM": 18, "image_quality": 18})
    assert set(facts.sources) == {"mscoco_captions", "vizwiz_quality"}
    assert len(client.run(plain_jobs.columns, REPO, "train_aug", "train_aug")["prompt"]) == 36
    with pytest.raises(ClientError, match="3 wordings of each example of image_quality, and would have 2"):
        publish(client, built, tasks=["ITM"], augmented_split="train_aug", variants=2)
    data = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet"), "tasks": ["ITM"]}
    stale = client.run(our_jobs.plan, "multiinstruct", REPO, data)
    assert [note for note in stale["notes"] if note.startswith("train_aug keeps the examples and prompts")]
    assert stale["deleted"] == []
    renewed = client.run(our_jobs.plan, "multiinstruct", REPO, {**data, **split})
    assert renewed["notes"] == []


def test_each_further_variant_takes_a_tenth_at_most(hub: Hub, client: Client, tmp_path: Path) -> None:
    """With pictures of real size and the real Xet client, new bytes for each variant are at most 10 % of the first."""
    hub.store.xet, variants = tmp_path / "store", 5
    folder, pool = write_pictures(tmp_path / "data", count=80)
    sizes = []
    for count in (1, variants):
        options = {"pool": pool, "rights": ["all"], "augmented_split": "train_aug", "variants": count}
        client.run(our_jobs.publish_with_xet, folder, "me/pictures", options)
        sizes.append(stored_bytes(tmp_path / "store"))
    plain = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet"))
    assert (sizes[1] - sizes[0]) / (variants - 1) <= 0.1 * plain
    assert plain > 2_000_000


def write_pictures(folder: Path, *, count: int) -> tuple[str, str]:
    """A task of one's own with pictures of about 50 KB, and its pool."""
    noise = np.random.default_rng(0)
    rows = []
    for number in range(count):
        picture = io.BytesIO()
        Image.fromarray(noise.integers(0, 255, (200, 200, 3), dtype=np.uint8)).save(picture, "JPEG", quality=85)
        image = {"bytes": picture.getvalue(), "path": f"{number}.jpg"}
        rows.append(
            Example(unique_id=f"own/look/{number}", task="look", source="own", images=(image,), target="a").to_dict()
        )
    (folder / "look").mkdir(parents=True)
    Dataset.from_list(rows, features=FEATURES).to_parquet(str(folder / "look/train-00000-of-00001.parquet"))
    texts = [f"Describe picture in way number {number}." for number in range(10)]
    InstructionPool.from_dict({"look": texts}).save(folder / "pool.parquet")
    return str(folder), str(folder / "pool.parquet")
