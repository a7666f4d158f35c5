"""Sampling strategies: choose the instruction of an example in an epoch, as a pure function of (seed, epoch, id, pool).

There is no generator state, so a choice does not depend on the order of the stream, workers, ranks or restarts. The
same code serves single examples (Python `int`) and batches (NumPy arrays); `Tables` comes in both forms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from .hashing import Word, below, fold, mix

__all__ = [
    "STRATEGIES",
    "Strategy",
    "Tables",
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
