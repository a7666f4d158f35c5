"""The unit of work of a build: one shard of one row of a split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """One shard of one row of a split: what one process does at a time.

    Attributes:
        row: The row's place among those of the config.
        shard: The shard's number, of `shards`.
        picked: The records of the shard, where a sample was drawn; None for the shard's part of all records.
    """

    row: int
    split: str
    shard: int
    shards: int
    picked: tuple[int, ...] | None = None

    def indices(self, total: int) -> Iterable[int]:
        """The records of the shard, of a table with `total`."""
        if self.picked is not None:
            return self.picked
        return range(total * self.shard // self.shards, total * (self.shard + 1) // self.shards)
