"""Measures one version of the package in a process of its own; run by `versions.py`.

Every action runs once as a warm-up, then once on the clock.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import datasets
import pyarrow.parquet as pq
from datasets import IterableDataset, load_dataset

from instraug_datasets import InstructionAugmenter, augment
from measuring.examples import UNDECODED
from measuring.timing import time_call

_BATCH = 1000
_LOADED = 32


def main(files: Sequence[str], text_files: Sequence[str], pool: str, rows: int, cache: str) -> None:
    """Print the seconds of every action as JSON."""
    datasets.disable_progress_bars()
    # Repeated reading of one epoch is what is measured.
    warnings.simplefilter("ignore", UserWarning)
    actions: dict[str, Callable[[], Any]] = {}
    for key, paths in (("pictures", files), ("text", text_files)):
        stream = load_dataset("parquet", data_files=paths, split="train", streaming=True, features=UNDECODED)
        actions |= _reading(key, stream, augment(stream, pool), rows)
    plain = load_dataset("parquet", data_files=text_files, split="train", features=UNDECODED, cache_dir=cache)
    data, order = augment(plain, pool), [row * 7919 % len(plain) for row in range(rows)]
    actions["index"] = lambda: [data[row] for row in order]
    actions["batches"] = lambda: [data.__getitems__(order[at : at + _LOADED]) for at in range(0, rows, _LOADED)]
    augmenter, table = InstructionAugmenter(pool), pq.read_table(text_files[0]).combine_chunks()
    tables = [table.slice(at, _BATCH) for at in range(0, min(len(table), rows), _BATCH)]
    actions["rendering"] = lambda: [augmenter(each) for each in tables]
    for action in actions.values():
        action()
    print(json.dumps({name: time_call(action) for name, action in actions.items()}))


def _reading(key: str, stream: IterableDataset, augmented: IterableDataset, rows: int) -> dict[str, Callable[[], Any]]:
    return {f"{key}, plain": lambda: _read(stream, rows), f"{key}, augment": lambda: _read(augmented, rows)}


def _read(examples: Iterable[Any], count: int) -> None:
    for _ in zip(range(count), examples, strict=False):
        pass


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
