"""Sampling strategies: choose the instruction of an example in an epoch, as a pure function of (seed, epoch, id, pool).

There is no generator state, so a choice does not depend on the order of the stream, workers, ranks or restarts. The
same code serves single examples (Python `int`) and batches (NumPy arrays); `Tables` comes in a form for either.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from .conditions import Kind, Needs, needs_of, task_kinds
from .errors import PoolError, SettingError, UnknownNameError, shown
from .hashing import Word, below, fold, fold_range, fold_texts, mix
from .pool import InstructionPool

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
    """Lookup tables of strategies, flat over all groups of a pool: 64-bit numbers that index to `int`, or NumPy arrays.

    The former serve single examples, the latter batches. Both are views of the same memory: lists of `int` would weigh
    five times as much in every process, and scatter the numbers so that large pools miss the processor's cache.

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
        return Tables(**{f.name: np.frombuffer(getattr(self, f.name), np.uint64) for f in fields(self)})


class Candidates(NamedTuple):
    """What examples draw from.

    Attributes:
        tables: The groups.
        groups: By task, the kinds of its examples, each with the number of its group; None for a kind that no
            instruction fits.
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
    built: dict[str, list[int]] = {f.name: [] for f in fields(Tables)}
    groups: dict[str, list[tuple[Kind, int | None]]] = {}
    first_row = 0
    for task, instructions in _by_task(pool):
        made: dict[tuple[int, ...], int | None] = {(): None}
        groups[task] = []
        order = _order(instructions, seed=seed, only_metas=STRATEGIES[strategy].only_metas)
        for kind in task_kinds([each.needs for each in instructions]):
            members = set(kind.members)
            listed = tuple(i for i in order if i in members)[:max_instructions]
            if listed not in made:
                made[listed] = len(built["start"])
                _add_group(built, task, [instructions[i] for i in listed], seed, meta_probability)
                built["rows"] += [first_row + i for i in listed]
            groups[task].append((kind, made[listed]))
        if len(made) == 1:
            raise PoolError(
                f"The strategy {strategy!r} requires meta instructions, but the pool has none for {task!r}."
            )
        first_row += len(instructions)
    return Candidates(Tables(**{name: array("Q", values) for name, values in built.items()}), groups)


def _is_integer(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


_KEY_COLUMNS = ("instruction_id", "origin", "text", "label_pairs", "absent_fields")


class _InstructionKey(NamedTuple):
    """What sampling needs of an instruction; `Instruction` objects are much larger."""

    instruction_id: str
    origin: str | None
    needs: Needs


def _by_task(pool: InstructionPool) -> Iterator[tuple[str, list[_InstructionKey]]]:
    table = pool.to_table()
    columns = (table.column(name).to_pylist() for name in ("task", *_KEY_COLUMNS))
    for task, rows in groupby(zip(*columns, strict=True), key=itemgetter(0)):
        yield task, [_instruction_key(*row[1:]) for row in rows]


def _instruction_key(
    name: str, origin: str | None, text: str, label_pairs: list[str] | None, absent_fields: list[str] | None
) -> _InstructionKey:
    return _InstructionKey(name, origin, needs_of(text, label_pairs=label_pairs, absent_fields=absent_fields))


def _order(instructions: Sequence[_InstructionKey], *, seed: int, only_metas: bool) -> list[int]:
    """Return the positions of all candidates in a seeded order, meta instructions first."""
    words = fold_texts(fold("order", seed), [each.instruction_id for each in instructions]).tolist()
    listed = [i for i, each in enumerate(instructions) if each.origin is None or not only_metas]
    listed.sort(key=lambda i: (instructions[i].origin is not None, words[i]))
    return listed


def _add_group(
    built: dict[str, list[int]], task: str, chosen: Sequence[_InstructionKey], seed: int, meta_probability: float
) -> None:
    size, start = len(chosen), len(built["rows"])
    metas = sum(each.origin is None for each in chosen)
    built["start"].append(start)
    built["size"].append(size)
    built["metas"].append(metas)
    built["meta_share"].append(round((1.0 if metas == size else meta_probability if metas else 0.0) * 2**32))
    built["shuffle"] += sorted(range(size), key=fold_range(fold("shuffle", seed, task), size).__getitem__)
    numbers = np.arange(1, size + 1)
    units = numbers[np.gcd(numbers, size) == 1].tolist()
    built["unit_start"].append(len(built["units"]))
    built["unit_count"].append(len(units))
    built["units"] += units
    families: dict[str, list[int]] = {}
    for i, each in enumerate(chosen):
        families.setdefault(each.origin or each.instruction_id, []).append(start + i)
    built["family_start"].append(len(built["member_start"]))
    built["families"].append(len(families))
    for members in families.values():
        built["member_start"].append(len(built["members"]))
        built["member_count"].append(len(members))
        built["members"] += members
