"""The unit of work of a build: one shard of one row of a split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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

    def indices(self, total: int) -> Iterable[int]:
        """The indices of the shard's records in a table of `total` records."""
        if self.records is not None:
            return self.records
        return range(total * self.shard // self.shards, total * (self.shard + 1) // self.shards)
