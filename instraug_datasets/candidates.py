"""Prepares a pool for sampling: which instructions an example may get, as lookup tables over all tasks of the pool."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator, Mapping, Sequence
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
    built = {f.name: array("Q") for f in fields(Tables)}
    groups: dict[str, list[tuple[Kind, int | None]]] = {}
    for task, rows in task_rows(pool.to_table()).items():
        instructions = _columns(pool.to_table().slice(rows.start, len(rows)))
        made: dict[bytes, int | None] = {b"": None}
        groups[task] = []
        order = _order(instructions, seed=seed, only_metas=STRATEGIES[strategy].only_metas)
        for kind in task_kinds(instructions.needs):
            chosen = order[np.isin(instructions.need[order], kind.members)][:max_instructions]
            key = chosen.tobytes()
            if key not in made:
                made[key] = len(built["start"])
                _add_group(built, task, instructions, chosen, seed=seed, meta_probability=meta_probability)
                _extend(built["rows"], rows.start + chosen)
            groups[task].append((kind, made[key]))
        if len(made) == 1:
            raise PoolError(
                f"The strategy {strategy!r} requires meta instructions, but the pool has none for {task!r}."
            )
    return Candidates(Tables(**built), groups)


def _is_integer(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


class _Columns(NamedTuple):
    """What sampling needs of the instructions of a task, as columns; a pool may have millions of them.

    Attributes:
        words: The hashes of the ids.
        is_variant: Whether each has an origin.
        family: The id of its meta instruction.
        need: The position in `needs` of what it needs.
        needs: What any of them needs.
    """

    words: Words
    is_variant: npt.NDArray[np.bool_]
    family: pa.StringArray
    need: npt.NDArray[np.int64]
    needs: list[Needs]


def _columns(table: pa.Table) -> _Columns:
    ids, origins, texts, pairs, absent = (
        table.column(name).combine_chunks()
        for name in ("instruction_id", "origin", "text", "label_pairs", "absent_fields")
    )
    encoded = itertools.chain.from_iterable(part.to_pylist() for part in iter_chunks(ids.cast(pa.binary())))
    distinct: dict[tuple[int, str | None, str | None], int] = {}
    keys = (zip(*parts, strict=True) for parts in _need_chunks(texts, pairs, absent))
    codes = (distinct.setdefault(key, len(distinct)) for key in itertools.chain.from_iterable(keys))
    need = np.fromiter(codes, np.int64, len(ids))
    is_variant = origins.is_valid().to_numpy(zero_copy_only=False)
    needs = [_needs(*key) for key in distinct]
    return _Columns(hash_texts(encoded, len(ids)), is_variant, pc.coalesce(origins, ids), need, needs)


def _need_chunks(texts: pa.StringArray, *lists: pa.ListArray) -> Iterator[tuple[list[Any], ...]]:
    """The fields of texts, as bits, and the values of lists, joined by blanks."""
    joined = [pc.binary_join(each, " ") for each in lists]
    for chunks in zip(iter_chunks(texts), *map(iter_chunks, joined), strict=True):
        yield field_bits(chunks[0]).tolist(), *(chunk.to_pylist() for chunk in chunks[1:])


def _needs(bits: int, label_pairs: str | None, absent_fields: str | None) -> Needs:
    used = frozenset(name for number, name in enumerate(FIELDS) if bits >> number & 1)
    return Needs(
        used, frozenset(label_pairs.split()) if label_pairs else None, frozenset((absent_fields or "").split())
    )


def _order(instructions: _Columns, *, seed: int, only_metas: bool) -> npt.NDArray[np.int64]:
    """Return the positions of all candidates in a seeded order, meta instructions first."""
    words: Words = mix(np.uint64(fold("order", seed)) ^ instructions.words)
    order = np.lexsort((words, instructions.is_variant))
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
    family = instructions.family.take(pa.array(chosen)).dictionary_encode().indices.to_numpy()
    counts = np.bincount(family)
    built["family_start"].append(len(built["member_start"]))
    built["families"].append(len(counts))
    _extend(built["member_start"], len(built["members"]) + np.cumsum(counts) - counts)
    _extend(built["member_count"], counts)
    _extend(built["members"], start + np.argsort(family, kind="stable"))


def _extend(numbers: array[int], more: npt.NDArray[np.integer[Any]]) -> None:
    numbers.frombytes(more.astype(np.uint64).tobytes())
