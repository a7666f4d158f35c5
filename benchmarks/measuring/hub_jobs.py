"""What the processes do that `measuring.hub` measures.

python benchmarks/measuring/hub_jobs.py JOB ARGUMENTS    # arguments as a JSON list; the last line tells its figures
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import datasets
import numpy as np
from PIL import Image

from instraug_datasets import InstructionPool, hub
from instraug_datasets.records import FEATURES, Example

_TEXTS = [f"Look closely and describe what is there, in way number {number}." for number in range(10)]
_SHARD = 1000


def write_tasks(folder: str, count: int) -> None:
    """So many tasks of ten examples."""
    for number in range(count):
        task = f"task_{number:02d}"
        rows = [_example(f"own/{task}/{n}", task, ()) for n in range(10)]
        _write(rows, Path(folder) / task / "train-00000-of-00001.parquet")
    _pool(folder, [f"task_{number:02d}" for number in range(count)])


def write_pictures(folder: str, count: int) -> None:
    """One task with so many pictures of about 50 KB."""
    noise = np.random.default_rng(0)
    shards = -(-count // _SHARD)
    for shard in range(shards):
        rows = []
        for number in range(shard * _SHARD, min(count, (shard + 1) * _SHARD)):
            picture = io.BytesIO()
            pixels = noise.integers(0, 255, (240, 240, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(picture, "JPEG", quality=85)
            rows.append(
                _example(f"own/look/{number}", "look", ({"bytes": picture.getvalue(), "path": f"{number}.jpg"},))
            )
        _write(rows, Path(folder) / f"look/train-{shard:05d}-of-{shards:05d}.parquet")
    _pool(folder, ["look"])


def publish(folder: str, repo_id: str, options: dict[str, Any]) -> None:
    """Our way."""
    publication = hub.read_publication(folder, pool=f"{folder}/pool.parquet", rights=["all"], **options)
    hub.publish(publication, repo_id)


def push(folder: str, repo_id: str, options: dict[str, Any]) -> None:
    """As `Dataset.push_to_hub` does it."""
    datasets.load_dataset("parquet", data_files=f"{folder}/look/*.parquet", split="train").push_to_hub(repo_id)


def push_stream(folder: str, repo_id: str, options: dict[str, Any]) -> None:
    """As `IterableDataset.push_to_hub` does it."""
    stream = datasets.load_dataset("parquet", data_files=f"{folder}/look/*.parquet", split="train", streaming=True)
    stream.push_to_hub(repo_id)


def push_each(folder: str, repo_id: str) -> None:
    """A config for each task, and a default one, as `push_to_hub` lays them out."""
    tasks = sorted(path for path in Path(folder).iterdir() if path.is_dir())
    loaded = [datasets.Dataset.from_parquet(str(task / "train-00000-of-00001.parquet")) for task in tasks]
    datasets.concatenate_datasets(loaded).push_to_hub(repo_id)
    for task, each in zip(tasks, loaded, strict=True):
        each.push_to_hub(repo_id, task.name)


def load_first(repo_id: str, name: str | None) -> dict[str, float]:
    """Seconds to the first example of a stream."""
    import torch  # noqa: F401 - what streams import when they are read is no part of it

    started = time.perf_counter()
    next(iter(datasets.load_dataset(repo_id, name, split="train", streaming=True)))
    return {"seconds": time.perf_counter() - started}


def _example(unique_id: str, task: str, images: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return Example(unique_id=unique_id, task=task, source="own", images=images, target="a").to_dict()


def _write(rows: list[dict[str, Any]], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Row groups of the size that `instraug build` writes.
    datasets.Dataset.from_list(rows, features=FEATURES).to_parquet(str(file), batch_size=100)


def _pool(folder: str, tasks: list[str]) -> None:
    InstructionPool.from_dict({task: _TEXTS for task in tasks}).save(Path(folder) / "pool.parquet")


def main(job: str, arguments: str) -> None:
    """Do a job, and tell what it took."""
    before, started = _peak(), time.perf_counter()
    told = globals()[job](*json.loads(arguments)) or {}
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "memory": _peak() - before, **told}))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
