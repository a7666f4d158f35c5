"""Everything that is measured, made once: examples, pools, and their files in one folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Dataset, IterableDataset, load_dataset

from instraug_datasets.pool import InstructionPool

from .examples import UNDECODED, table_of, write_parquet
from .pools import pool_of

__all__ = ["BATCH", "POOL_SIZES", "Sizes", "World", "build_world"]

BATCH = 1000
"""Rows of an Arrow batch."""

POOL_SIZES = (5, 150, 500)
"""Instructions a task; the middle one is what the paper's expansion gives, and is used where no other is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured.

    Attributes:
        rows: Examples in all.
        slow_rows: Examples for what takes long: reading pictures one by one, Python functions.
        slowest_rows: Examples for what takes very long: the research code's way, thirty copies on disk.
        rounds: How often rivals take turns.
    """

    rows: int
    slow_rows: int
    slowest_rows: int
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is measured.

    Attributes:
        folder: Holds all files, caches too.
        table: The examples, without pictures.
        files: The same with pictures, as Parquet.
        text_files: And without.
        pools: Pools by instructions a task.
        pool_file: The middle one, as a user has it.
    """

    folder: Path
    sizes: Sizes
    table: pa.Table
    files: Sequence[str]
    text_files: Sequence[str]
    pools: dict[int, InstructionPool]
    pool_file: str

    @property
    def pool(self) -> InstructionPool:
        """The pool that is used where no size is named."""
        return self.pools[POOL_SIZES[1]]

    def stream(self) -> IterableDataset:
        """The examples with pictures, streamed from Parquet."""
        return load_dataset("parquet", data_files=list(self.files), split="train", streaming=True, features=UNDECODED)

    def text_stream(self) -> IterableDataset:
        """The examples without pictures, streamed from memory: nothing else costs anything."""
        return Dataset(self.table).cast(UNDECODED).to_iterable_dataset()

    def on_disk(self) -> Dataset:
        """The examples with pictures as a map-style data set, in Arrow files below `folder`."""
        cache = str(self.folder / "cache")
        return load_dataset("parquet", data_files=list(self.files), split="train", features=UNDECODED, cache_dir=cache)

    def batches(self, rows: int) -> list[pa.Table]:
        """The first examples, in batches."""
        return [self.table.slice(start, min(BATCH, rows - start)) for start in range(0, rows, BATCH)]

    def examples(self, rows: int) -> list[dict[str, Any]]:
        """The first examples, as dicts."""
        return list(self.table.slice(0, rows).to_pylist())


def build_world(folder: Path, sizes: Sizes) -> World:
    """Make and write everything."""
    table = table_of(sizes.rows)
    pools = {size: pool_of(size) for size in POOL_SIZES}
    pool_file = folder / "pool.parquet"
    pools[POOL_SIZES[1]].save(pool_file)
    return World(
        folder=folder,
        sizes=sizes,
        table=table,
        files=write_parquet(table, folder / "pictures", pictures=True),
        text_files=write_parquet(table, folder / "text", pictures=False),
        pools=pools,
        pool_file=str(pool_file),
    )
