"""Sampling strategies: choose the instruction of an example in an epoch, as a pure function of (seed, epoch, id, pool).

There is no generator state, so a choice does not depend on the order of the stream, workers, ranks or restarts. The
same code serves single examples (Python `int` and lists) and batches (NumPy arrays); `Tables` comes in both forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby
from math import gcd
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from .errors import PoolError, SettingError, UnknownNameError
from .hashing import Word, below, fold, mix
from .pool import InstructionPool

__all__ = ["STRATEGIES", "Strategy", "Tables", "epoch_word", "example_word", "seed_word", "tables"]


@dataclass(frozen=True, slots=True)
class Tables:
    """Lookup tables of strategies, flat over all tasks of a pool, as lists (single examples) or arrays (batches).

    The candidates of a task are numbered from 0 in a seeded order, meta instructions first; adding `start[task]` gives
    the position in `rows`.

    Attributes:
        rows: The row in the pool of every candidate.
        start, size, metas: First position, number of candidates, and number of meta instructions, by task.
        meta_share: Probability of a meta instruction under `weighted`, in units of `2**-32`, by task.
        shuffle: A fixed permutation of the candidates of each task.
        unit_start, unit_count, units: The numbers coprime to the size, by task.
        family_start, families: First family and number of families, by task; a family is a meta instruction with its
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
        return Tables(**{f.name: np.array(getattr(self, f.name), np.uint64) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Strategy:
    """A sampling strategy.

    Attributes:
        summary: A one-line description.
        choose: `(word, epoch word, epoch, task, tables) -> position of tables.rows`, over ints or arrays.
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


def _cycle(word: Word, _: int, epoch: int, task: Any, t: Tables) -> Word:
    # A keyed permutation of 0 ... size - 1, evaluated at one point in constant time: a fixed shuffle between two affine
    # maps with separate keys. It depends on the epoch only modulo the size, so any `size` consecutive epochs give every
    # candidate exactly once; the uniform offset of the last map makes every single choice uniform.
    size, start = t.size[task], t.start[task]
    place = _affine(mix(word ^ 1), epoch % size, task, t)
    return start + _affine(mix(word ^ 2), t.shuffle[start + place], task, t)


def _affine(word: Word, place: Any, task: Any, t: Tables) -> Any:
    stride = t.units[t.unit_start[task] + below(word, t.unit_count[task])]
    return (below(mix(word), t.size[task]) + stride * place) % t.size[task]


def _uniform(word: Word, epoch_word: int, epoch: int, task: Any, t: Tables) -> Word:
    return t.start[task] + below(mix(word ^ epoch_word), t.size[task])


def _weighted(word: Word, epoch_word: int, epoch: int, task: Any, t: Tables) -> Word:
    draw = mix(word ^ epoch_word)
    is_meta = (draw >> 32) < t.meta_share[task]
    metas = t.metas[task]
    first, count = _where(is_meta, 0, metas), _where(is_meta, metas, t.size[task] - metas)
    return t.start[task] + first + below(mix(draw), count)


def _by_origin(word: Word, epoch_word: int, epoch: int, task: Any, t: Tables) -> Word:
    draw = mix(word ^ epoch_word)
    family = t.family_start[task] + below(draw, t.families[task])
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


def tables(
    pool: InstructionPool,
    *,
    strategy: str = "cycle",
    seed: int = 0,
    max_instructions: int | None = None,
    meta_probability: float = 0.5,
) -> Tables:
    """Prepare the lookup tables of a pool for a strategy.

    Args:
        strategy: A name in `STRATEGIES`.
        seed: Seed of all choices.
        max_instructions: Maximum number of candidates per task: the first ones of a seeded order that begins with the
            meta instructions, so that a smaller cap keeps a subset of a larger one. Larger pools help only with enough
            examples per instruction (arXiv 2402.14492, Table 1).
        meta_probability: Probability of a meta instruction under `weighted`, 0 to 1; ignored for tasks with only meta
            instructions or only variants.

    Raises:
        UnknownNameError: Raised if the strategy is unknown.
        SettingError: Raised if `seed`, `max_instructions` or `meta_probability` is out of range.
        PoolError: Raised if the strategy is `original` and a task has no meta instructions.

    Example:
        >>> lookup = tables(InstructionPool.load("multiinstruct"), strategy="uniform", seed=42)
        >>> STRATEGIES["uniform"].choose(example_word(hash_text("a/b/1"), 42), epoch_word(0), 0, 0, lookup)
    """
    if strategy not in STRATEGIES:
        raise UnknownNameError("strategy", strategy, STRATEGIES)
    if not _is_integer(seed):
        raise SettingError(f"seed must be an integer, but got {seed!r}.")
    if max_instructions is not None and not (_is_integer(max_instructions) and max_instructions >= 1):
        raise SettingError(f"max_instructions must be a positive integer or None, but got {max_instructions!r}.")
    if not (isinstance(meta_probability, (int, float)) and 0 <= meta_probability <= 1):
        raise SettingError(f"meta_probability must be between 0 and 1, but got {meta_probability!r}.")
    built: dict[str, list[int]] = {f.name: [] for f in fields(Tables)}
    first_row = 0
    for task, instructions in _by_task(pool):
        candidates = _candidates(instructions, seed, max_instructions, STRATEGIES[strategy].only_metas)
        if not candidates:
            raise PoolError(
                f"The strategy {strategy!r} requires meta instructions, but the pool has none for {task!r}."
            )
        _add_task(built, task, [instructions[i] for i in candidates], seed, meta_probability)
        built["rows"] += [first_row + i for i in candidates]
        first_row += len(instructions)
    return Tables(**built)


def _is_integer(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


class _InstructionKey(NamedTuple):
    """The columns of an instruction that sampling needs; `Instruction` objects are much larger."""

    instruction_id: str
    origin: str | None


def _by_task(pool: InstructionPool) -> Iterator[tuple[str, list[_InstructionKey]]]:
    table = pool.to_table()
    columns = (table.column(name).to_pylist() for name in ("task", "instruction_id", "origin"))
    for task, rows in groupby(zip(*columns, strict=True), key=itemgetter(0)):
        yield task, [_InstructionKey(*row[1:]) for row in rows]


def _candidates(instructions: Sequence[_InstructionKey], seed: int, cap: int | None, only_metas: bool) -> list[int]:
    """Return positions in a seeded order, meta instructions first."""
    listed = [i for i, each in enumerate(instructions) if each.origin is None or not only_metas]
    listed.sort(key=lambda i: (instructions[i].origin is not None, fold("order", seed, instructions[i].instruction_id)))
    return listed[:cap]


def _add_task(
    built: dict[str, list[int]], task: str, candidates: Sequence[_InstructionKey], seed: int, meta_probability: float
) -> None:
    size, start = len(candidates), len(built["rows"])
    metas = sum(each.origin is None for each in candidates)
    built["start"].append(start)
    built["size"].append(size)
    built["metas"].append(metas)
    built["meta_share"].append(round((1.0 if metas == size else meta_probability if metas else 0.0) * 2**32))
    built["shuffle"] += sorted(range(size), key=lambda i: fold("shuffle", seed, task, i))
    units = [n for n in range(1, size + 1) if gcd(n, size) == 1]
    built["unit_start"].append(len(built["units"]))
    built["unit_count"].append(len(units))
    built["units"] += units
    families: dict[str, list[int]] = {}
    for i, each in enumerate(candidates):
        families.setdefault(each.origin or each.instruction_id, []).append(start + i)
    built["family_start"].append(len(built["member_start"]))
    built["families"].append(len(families))
    for members in families.values():
        built["member_start"].append(len(built["members"]))
        built["member_count"].append(len(members))
        built["members"] += members
