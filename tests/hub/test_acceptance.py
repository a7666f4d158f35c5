"""From building to training, as the README tells it: three kinds of people, each in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

from tests.hub import our_jobs
from tests.hub.client import Client
from tests.hub.conftest import TASKS
from tests.hub.server.hub import Hub
from tests.hub.test_publish import publish

# A reader who has `datasets` alone: importing ours fails.
READER = """
import json, sys
sys.modules["instraug_datasets"] = None
import datasets
from huggingface_hub import HfFileSystem

repo_id, told = sys.argv[1], {}
for name in datasets.get_dataset_config_names(repo_id):
    for split in datasets.get_dataset_split_names(repo_id, name):
        rows = datasets.load_dataset(repo_id, name, split=split)
        streamed = list(datasets.load_dataset(repo_id, name, split=split, streaming=True))
        assert len(streamed) == len(rows), (name, split)
        told[f"{name}/{split}"] = len(rows)
told["no name"] = len(datasets.load_dataset(repo_id, split="train"))
paths = HfFileSystem().glob(f"datasets/{repo_id}/train/*/train-*.parquet")
by_url = datasets.load_dataset("parquet", data_files=[f"hf://{path}" for path in paths], split="train")
told["hf://"] = len(by_url)
print(json.dumps(told))
"""


def test_published_benchmarks_load_and_train(hub: Hub, client: Client, built: Path) -> None:
    """Both benchmarks with their bundled pools; `datasets` alone loads every config, and a Trainer sees our prompts."""
    for benchmark in TASKS:
        publish(client, built, f"instraug/{benchmark}", rights=["all"], pool=benchmark)
        told = _read_without_us(client, f"instraug/{benchmark}")
        for task in TASKS[benchmark]:
            assert [told[name] for name in told if name.startswith(f"{task}/")] >= [6], (task, told)
        of_training = [told.get(f"{task}/train", 0) for task in TASKS[benchmark] if f"{task}/train" in told]
        assert told["no name"] == told["hf://"] == told["default/train"] == sum(of_training)
        assert told["instructions/train"] > 1000
    folder = str(built / "multiinstruct/image_quality")
    seen = client.run(our_jobs.trained, "instraug/multiinstruct", "image_quality", 2)
    assert seen == client.run(our_jobs.bundled_prompts, folder, "multiinstruct", 2)


def _read_without_us(client: Client, repo_id: str) -> dict[str, int]:
    command = [sys.executable, "-c", READER, repo_id]
    done = subprocess.run(command, env=client.zygote.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return told
