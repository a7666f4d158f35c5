"""The unit of work of a build: one shard of one row of a split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..files.tables import Table

__all__ = ["Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """One shard of one row of a split, which one process generates.

    Attributes:
        row: The index of the row in the config.
        shard: The index of the shard, of `shards`.
        records: The indices of the sampled records; None for the shard's part of all records.
    """

    row: int
    split: str
    shard: int
    shards: int
    records: tuple[int, ...] | None = None

    def indices(self, table: Table[Any]) -> Iterator[int]:
        """The indices of the shard's records; the first ones of a table before the table is read to its end."""
        if self.records is not None:
            yield from self.records
            return
        # However many records follow, those are of the first shard.
        early = 0 if self.shard else table.count_early() // self.shards
        yield from range(early)
        total = len(table)
        yield from range(max(early, total * self.shard // self.shards), total * (self.shard + 1) // self.shards)
