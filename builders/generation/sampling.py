"""Which records of a split make up a sample: those of the lowest hash ranks, whatever their order in the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from instraug_datasets.hashing import Words, fold, hash_texts, mix

from ..files.json_tables import Table

__all__ = ["in_rank_order"]


def in_rank_order(tables: Sequence[Table[object]], prefixes: Sequence[str], *, seed: int) -> Iterator[tuple[int, int]]:
    """Every record of several tables as (number of the table, index in it), by the rank of its unique id.

    A larger sample contains a smaller one, and a record's rank depends on no other record.
    """
    ranks = [_ranks(table, prefix, seed=seed) for table, prefix in zip(tables, prefixes, strict=True)]
    starts = np.cumsum([0, *map(len, ranks)])
    order: npt.NDArray[np.intp] = np.argsort(np.concatenate(ranks), kind="stable")
    for place in order.tolist():
        number = int(np.searchsorted(starts, place, side="right")) - 1
        yield number, place - int(starts[number])


def _ranks(table: Table[object], prefix: str, *, seed: int) -> Words:
    ids = (f"{prefix}/{table.key(index)}".encode() for index in range(len(table)))
    # The same as `fold(seed, unique_id)`, for all ids at once.
    ranks: Words = mix(np.uint64(fold(seed)) ^ hash_texts(ids, len(table)))
    return ranks
