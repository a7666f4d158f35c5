"""Samples the records with the lowest hash ranks, independently of their order in the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from instraug_datasets.hashing import Words, fold, hash_texts, mix

from ..files.tables import Table

__all__ = ["iter_by_rank"]


def iter_by_rank(tables: Sequence[Table[object]], prefixes: Sequence[str], *, seed: int) -> Iterator[tuple[int, int]]:
    """Every record of several tables as (table, index), by the hash rank of its unique id.

    The rank of a record depends on its id and the seed alone, so a larger sample contains every smaller one.
    """
    ranks = [_ranks(table, prefix, seed=seed) for table, prefix in zip(tables, prefixes, strict=True)]
    starts = np.cumsum([0, *map(len, ranks)])
    order: npt.NDArray[np.intp] = np.argsort(np.concatenate(ranks), kind="stable")
    for position in order.tolist():
        table = int(np.searchsorted(starts, position, side="right")) - 1
        yield table, position - int(starts[table])


def _ranks(table: Table[object], prefix: str, *, seed: int) -> Words:
    ids = (f"{prefix}/{table.key(index)}".encode() for index in range(len(table)))
    # Equals `fold(seed, unique_id)`, for all ids at once.
    ranks: Words = mix(np.uint64(fold(seed)) ^ hash_texts(ids, len(table)))
    return ranks
