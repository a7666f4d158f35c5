"""Prepares a pool for sampling: which instructions an example may get, as lookup tables over all tasks of the pool."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .conditions import Kind, Needs, task_kinds
from .errors import PoolError, SettingError, UnknownNameError, shown
from .hashing import Words, fold, fold_words, hash_texts, mix
from .pool import InstructionPool
from .pool_table import task_rows
from .records import FIELDS
from .samplers import STRATEGIES, Tables
from .template_columns import field_bits, iter_chunks

__all__ = ["Candidates", "candidates"]


class Candidates(NamedTuple):
    """What examples draw from.

    Attributes:
        tables: The groups.
        groups: By task, the kinds of its examples, each with the number of its group; None for a kind that no
            instruction fits. The members of a kind are positions among the distinct needs of the task.
    """

    tables: Tables
    groups: Mapping[str, Sequence[tuple[Kind, int | None]]]


def candidates(
    pool: InstructionPool,
    *,
    strategy: str = "cycle",
    seed: int = 0,
    max_instructions: int | None = None,
    meta_probability: float = 0.5,
) -> Candidates:
    """Prepare the candidates of a pool for a strategy.

    Args:
        strategy: A name in `STRATEGIES`.
        seed: Seed of all choices.
        max_instructions: Maximum number of candidates per group: the first ones of a seeded order that begins with the
            meta instructions, so that a smaller cap keeps a subset of a larger one. Larger pools help only with enough
            examples per instruction (arXiv 2402.14492, Table 1).
        meta_probability: Probability of a meta instruction under `weighted`, 0 to 1; ignored for groups with only meta
            instructions or only variants.

    Raises:
        UnknownNameError: Raised if the strategy is unknown.
        SettingError: Raised if `seed`, `max_instructions` or `meta_probability` is out of range.
        PoolError: Raised if the strategy is `original` and a task has no meta instructions.

    Example:
        >>> lookup = candidates(InstructionPool.load("multiinstruct"), strategy="uniform", seed=42).tables
        >>> STRATEGIES["uniform"].choose(example_word(hash_text("a/b/1"), 42), epoch_word(0), 0, 0, lookup)
    """
    if not isinstance(strategy, str) or strategy not in STRATEGIES:
        raise UnknownNameError("strategy", strategy, STRATEGIES)
    if not _is_integer(seed):
        raise SettingError(f"seed must be an integer, but got {shown(seed)}.")
    if max_instructions is not None and not (_is_integer(max_instructions) and max_instructions >= 1):
        raise SettingError(f"max_instructions must be a positive integer or None, but got {shown(max_instructions)}.")
    if not (isinstance(meta_probability, (int, float)) and 0 <= meta_probability <= 1):
        raise SettingError(f"meta_probability must be between 0 and 1, but got {shown(meta_probability)}.")
    table, only_metas = pool.to_table(), STRATEGIES[strategy].only_metas
    instructions = _columns(table, seed=seed)
    built = {f.name: array("Q") for f in fields(Tables)}
    groups: dict[str, list[tuple[Kind, int | None]]] = {}
    for task, rows in task_rows(table).items():
        made: dict[bytes, int | None] = {b"": None}
        groups[task] = []
        order = _order(instructions, rows, only_metas=only_metas)
        codes = np.unique(instructions.need[rows.start : rows.stop])
        for kind in task_kinds([instructions.needs[code] for code in codes]):
            fits = np.zeros(len(instructions.needs), bool)
            fits[codes[list(kind.members)]] = True
            chosen = order[fits[instructions.need[order]]][:max_instructions]
            key = chosen.tobytes()
            if key not in made:
                made[key] = len(built["start"])
                _add_group(built, task, instructions, chosen, seed=seed, meta_probability=meta_probability)
            groups[task].append((kind, made[key]))
        if len(made) == 1:
            raise PoolError(
                f"The strategy {strategy!r} requires meta instructions, but the pool has none for {task!r}."
            )
    return Candidates(Tables(**built), groups)


def _is_integer(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


class _Columns(NamedTuple):
    """What sampling needs of the instructions of a pool, as columns; there may be millions of them.

    Attributes:
        places: What each is ordered by: a seeded hash of its id.
        is_variant: Whether each has an origin.
        ids, origins: Of each, its id and the id of its meta instruction.
        need: The position in `needs` of what each needs.
        needs: What any of them needs.
    """

    places: Words
    is_variant: npt.NDArray[np.bool_]
    ids: pa.StringArray
    origins: pa.StringArray
    need: npt.NDArray[np.int64]
    needs: list[Needs]


def _columns(table: pa.Table, *, seed: int) -> _Columns:
    ids, origins = (table.column(name).combine_chunks() for name in ("instruction_id", "origin"))
    encoded = itertools.chain.from_iterable(part.to_pylist() for part in iter_chunks(ids.cast(pa.binary())))
    words: Words = mix(np.uint64(fold("order", seed)) ^ hash_texts(encoded, len(ids)))
    return _Columns(words, origins.is_valid().to_numpy(zero_copy_only=False), ids, origins, *_needs_of(table))


def _needs_of(table: pa.Table) -> tuple[npt.NDArray[np.int64], list[Needs]]:
    """What each instruction needs, as a position among the distinct needs."""
    pairs, absent = (_encoded(table.column(name).combine_chunks()) for name in ("label_pairs", "absent_fields"))
    bits = field_bits(table.column("text").combine_chunks()).astype(np.int64)
    codes = (bits * len(pairs.dictionary) + pairs.indices.to_numpy()) * len(absent.dictionary)
    distinct, need = np.unique(codes + absent.indices.to_numpy(), return_inverse=True)
    rest, absent_places = np.divmod(distinct, len(absent.dictionary))
    parts = (*np.divmod(rest, len(pairs.dictionary)), absent_places)
    pairs_listed, absent_listed = pairs.dictionary.to_pylist(), absent.dictionary.to_pylist()
    return need, [
        _needs(used, pairs_listed[pair], absent_listed[place])
        for used, pair, place in zip(*(each.tolist() for each in parts), strict=True)
    ]


def _encoded(lists: pa.ListArray) -> pa.DictionaryArray:
    """Lists of names as codes for their names joined by blanks, where null is like an empty list."""
    return pc.binary_join(lists, " ").fill_null("").dictionary_encode()


def _needs(bits: int, label_pairs: str, absent_fields: str) -> Needs:
    used = frozenset(name for number, name in enumerate(FIELDS) if bits >> number & 1)
    return Needs(used, frozenset(label_pairs.split()) or None, frozenset(absent_fields.split()))


def _order(instructions: _Columns, rows: range, *, only_metas: bool) -> npt.NDArray[np.int64]:
    """Return the rows of a task in a seeded order, meta instructions first."""
    of_task = slice(rows.start, rows.stop)
    order = np.lexsort((instructions.places[of_task], instructions.is_variant[of_task])) + rows.start
    return order[~instructions.is_variant[order]] if only_metas else order


def _add_group(
    built: dict[str, array[int]],
    task: str,
    instructions: _Columns,
    chosen: npt.NDArray[np.int64],
    *,
    seed: int,
    meta_probability: float,
) -> None:
    size, start = len(chosen), len(built["rows"])
    metas = size - int(np.count_nonzero(instructions.is_variant[chosen]))
    _extend(built["rows"], chosen)
    built["start"].append(start)
    built["size"].append(size)
    built["metas"].append(metas)
    built["meta_share"].append(round((1.0 if metas == size else meta_probability if metas else 0.0) * 2**32))
    _extend(built["shuffle"], np.argsort(fold_words(fold("shuffle", seed, task), size), kind="stable"))
    numbers = np.arange(1, size + 1)
    units = numbers[np.gcd(numbers, size) == 1]
    built["unit_start"].append(len(built["units"]))
    built["unit_count"].append(len(units))
    _extend(built["units"], units)
    # Numbered in the order in which they first occur.
    taken = pa.array(chosen)
    families = pc.coalesce(instructions.origins.take(taken), instructions.ids.take(taken))
    family = families.dictionary_encode().indices.to_numpy()
    counts = np.bincount(family)
    built["family_start"].append(len(built["member_start"]))
    built["families"].append(len(counts))
    _extend(built["member_start"], len(built["members"]) + np.cumsum(counts) - counts)
    _extend(built["member_count"], counts)
    _extend(built["members"], start + np.argsort(family, kind="stable"))


def _extend(numbers: array[int], more: npt.NDArray[np.integer[Any]]) -> None:
    numbers.frombytes(more.astype(np.uint64).tobytes())
