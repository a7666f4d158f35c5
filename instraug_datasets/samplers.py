"""Sampling strategies: choose the instruction of an example in an epoch, as a pure function of (seed, epoch, id, pool).

There is no generator state, so a choice does not depend on the order of the stream, workers, ranks or restarts. The
same code serves single examples (Python `int`) and batches (NumPy arrays); `Tables` comes in both forms.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .conditions import Kind, Needs, task_kinds
from .errors import PoolError, SettingError, UnknownNameError, shown
from .hashing import Word, Words, below, fold, fold_words, hash_texts, mix
from .pool import InstructionPool
from .pool_table import task_rows
from .records import FIELDS
from .template_columns import field_bits, iter_chunks

__all__ = [
    "STRATEGIES",
    "Candidates",
    "Strategy",
    "Tables",
    "candidates",
    "epoch_word",
    "example_word",
    "seed_word",
]


@dataclass(frozen=True, slots=True)
class Tables:
    """Lookup tables of strategies, flat over all groups of a pool: `array.array`s (single examples) or NumPy arrays.

    The latter, for batches, are views of the same memory. Lists of `int` would weigh five times as much in every
    process, and scatter the numbers so that large pools miss the processor's cache.

    A group holds the candidates for the examples of a task, or for those of one kind where instructions do not fit
    all of them. They are numbered from 0 in a seeded order, meta instructions first; adding `start[group]` gives the
    position in `rows`.

    Attributes:
        rows: The row in the pool of every candidate.
        start, size, metas: First position, number of candidates, and number of meta instructions, by group.
        meta_share: Probability of a meta instruction under `weighted`, in units of `2**-32`, by group.
        shuffle: A fixed permutation of the candidates of each group.
        unit_start, unit_count, units: The numbers coprime to the size, by group.
        family_start, families: First family and number of families, by group; a family is a meta instruction with its
            variants.
        member_start, member_count, members: The candidates of each family, as positions in `rows`.
    """

    rows: Any
    start: Any
    size: Any
    metas: Any
    meta_share: Any
    shuffle: Any
    unit_start: Any
    unit_count: Any
    units: Any
    family_start: Any
    families: Any
    member_start: Any
    member_count: Any
    members: Any

    def as_arrays(self) -> Tables:
        """Return the tables as NumPy `uint64` arrays."""
        return Tables(**{f.name: np.asarray(getattr(self, f.name)) for f in fields(self)})


class Candidates(NamedTuple):
    """What examples draw from.

    Attributes:
        tables: The groups.
        groups: By task, the kinds of its examples, each with the number of its group; None for a kind that no
            instruction fits. The members of a kind are positions among the distinct needs of the task.
    """

    tables: Tables
    groups: Mapping[str, Sequence[tuple[Kind, int | None]]]


@dataclass(frozen=True, slots=True)
class Strategy:
    """A sampling strategy.

    Attributes:
        summary: A one-line description.
        choose: `(word, epoch word, epoch, group, tables) -> position of tables.rows`, over ints or arrays.
        only_metas: Whether only meta instructions are candidates.
    """

    summary: str
    choose: Callable[..., Any]
    only_metas: bool = False


@lru_cache
def seed_word(seed: int) -> int:
    """Return the hash of a seed."""
    return fold("seed", seed)


def example_word(id_hash: Word, seed: int) -> Word:
    """Return the hash from which all choices for an example derive, given the xxh3-64 of its id."""
    return mix(id_hash ^ seed_word(seed))


@lru_cache
def epoch_word(epoch: int) -> int:
    """Return the hash of an epoch, for independent draws per epoch."""
    return fold("epoch", epoch)


def _cycle(word: Word, _: int, epoch: int, group: Any, t: Tables) -> Word:
    # A keyed permutation of 0 ... size - 1, evaluated at one point in constant time: a fixed shuffle between two affine
    # maps with separate keys. It depends on the epoch only modulo the size, so any `size` consecutive epochs give every
    # candidate exactly once; the uniform offset of the last map makes every single choice uniform.
    size, start = t.size[group], t.start[group]
    place = _affine(mix(word ^ 1), epoch % size, group, t)
    return start + _affine(mix(word ^ 2), t.shuffle[start + place], group, t)


def _affine(word: Word, place: Any, group: Any, t: Tables) -> Any:
    stride = t.units[t.unit_start[group] + below(word, t.unit_count[group])]
    return (below(mix(word), t.size[group]) + stride * place) % t.size[group]


def _uniform(word: Word, epoch_word: int, epoch: int, group: Any, t: Tables) -> Word:
    return t.start[group] + below(mix(word ^ epoch_word), t.size[group])


def _weighted(word: Word, epoch_word: int, epoch: int, group: Any, t: Tables) -> Word:
    draw = mix(word ^ epoch_word)
    is_meta = (draw >> 32) < t.meta_share[group]
    metas = t.metas[group]
    first, count = _where(is_meta, 0, metas), _where(is_meta, metas, t.size[group] - metas)
    return t.start[group] + first + below(mix(draw), count)


def _by_origin(word: Word, epoch_word: int, epoch: int, group: Any, t: Tables) -> Word:
    draw = mix(word ^ epoch_word)
    family = t.family_start[group] + below(draw, t.families[group])
    return t.members[t.member_start[family] + below(mix(draw), t.member_count[family])]


def _where(flag: Any, yes: Any, no: Any) -> Any:
    if isinstance(flag, np.ndarray):
        return np.where(flag, np.uint64(yes) if isinstance(yes, int) else yes, no)
    return yes if flag else no


STRATEGIES: Mapping[str, Strategy] = {
    "cycle": Strategy("each example follows its own permutation: n instructions in n epochs, each once", _cycle),
    "uniform": Strategy("an independent uniform draw per example and epoch", _uniform),
    "weighted": Strategy("a meta instruction with a given probability, else a variant", _weighted),
    "by_origin": Strategy("first a meta instruction, then one of its family (itself and its variants)", _by_origin),
    "original": Strategy("meta instructions only, in the order of `cycle`: the baseline", _cycle, only_metas=True),
}
"""The strategies by name."""


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
