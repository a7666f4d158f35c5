"""The examples, pools and files that all benchmarks share."""

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

__all__ = ["BATCH", "POOL_SIZES", "Fixtures", "Sizes", "make_fixtures"]

BATCH = 1000
"""Rows of an Arrow batch."""

POOL_SIZES = (5, 150, 500)
"""Instructions per task; the middle one is what the paper's expansion gives, and is the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of a run.

    Attributes:
        rows: The number of examples.
        slow_rows: The number of examples for slow cases: reading images one by one, Python functions.
        slowest_rows: The number of examples for very slow cases: the research code, thirty copies on disk.
        rounds: The number of rounds in which alternatives alternate.
    """

    rows: int
    slow_rows: int
    slowest_rows: int
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixtures:
    """The data that benchmarks run on.

    Attributes:
        folder: The folder with all files, including caches.
        table: The examples, without images.
        files: The examples with images, as Parquet files.
        text_files: The examples without images, as Parquet files.
        pools: Pools by instructions per task.
        pool_file: The file of the pool of default size.
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
        """The pool of default size."""
        return self.pools[POOL_SIZES[1]]

    def stream(self) -> IterableDataset:
        """The examples with images, streamed from Parquet."""
        return load_dataset("parquet", data_files=list(self.files), split="train", streaming=True, features=UNDECODED)

    def text_stream(self) -> IterableDataset:
        """The examples without images, streamed from memory, so that nothing else takes time."""
        return Dataset(self.table).cast(UNDECODED).to_iterable_dataset()

    def text_file_stream(self) -> IterableDataset:
        """The examples without images, streamed from Parquet."""
        return load_dataset(
            "parquet", data_files=list(self.text_files), split="train", streaming=True, features=UNDECODED
        )

    def on_disk(self) -> Dataset:
        """The examples with images as a map-style data set, in Arrow files below `folder`."""
        cache = str(self.folder / "cache")
        return load_dataset("parquet", data_files=list(self.files), split="train", features=UNDECODED, cache_dir=cache)

    def batches(self, rows: int) -> list[pa.Table]:
        """The first examples, in batches."""
        return [self.table.slice(start, min(BATCH, rows - start)) for start in range(0, rows, BATCH)]

    def examples(self, rows: int) -> list[dict[str, Any]]:
        """The first examples, as dicts."""
        return list(self.table.slice(0, rows).to_pylist())


def make_fixtures(folder: Path, sizes: Sizes) -> Fixtures:
    """Generate and write all data."""
    table = table_of(sizes.rows)
    pools = {size: pool_of(size) for size in POOL_SIZES}
    pool_file = folder / "pool.parquet"
    pools[POOL_SIZES[1]].save(pool_file)
    return Fixtures(
        folder=folder,
        sizes=sizes,
        table=table,
        files=write_parquet(table, folder / "pictures", pictures=True),
        text_files=write_parquet(table, folder / "text", pictures=False),
        pools=pools,
        pool_file=str(pool_file),
    )
