"""Measures the memory of `DataLoader` workers in a process of its own; run by `memory.py`.

Imports are local, so that a worker without augmentation does not import this package.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(start: str, workers: int, batch_size: int, batches: int, files: list[str], pool: str | None) -> None:
    """Print `[USS, PSS, peak]` of each worker in bytes as JSON, after a number of batches."""
    from datasets import load_dataset

    stream = load_dataset("parquet", data_files=files, split="train", streaming=True)
    if pool is not None:
        from instraug_datasets import augment

        stream = augment(stream, pool)
    print(json.dumps(_measure_workers(stream, start, workers, batch_size, batches)))


def _measure_workers(stream: Any, start: str, workers: int, batch_size: int, batches: int) -> list[list[int]]:
    from torch.utils.data import DataLoader

    loader = DataLoader(
        stream, batch_size=batch_size, num_workers=workers, multiprocessing_context=start, collate_fn=len
    )
    iterator: Any = iter(loader)
    for _ in range(batches):
        next(iterator)
    # The process ids of workers have no public accessor.
    return [_memory_of(worker.pid) for worker in iterator._workers]


def _memory_of(pid: int) -> list[int]:
    pages = _sizes(Path(f"/proc/{pid}/smaps_rollup"))
    peak = _sizes(Path(f"/proc/{pid}/status"))["VmHWM"]
    return [pages["Private_Clean"] + pages["Private_Dirty"], pages["Pss"], peak]


def _sizes(path: Path) -> dict[str, int]:
    """The `name: number kB` lines of a /proc file, in bytes."""
    words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return {line[0].rstrip(":"): int(line[1]) * 1024 for line in words if line[-1] == "kB"}


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
