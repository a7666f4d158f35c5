"""Random draws as pure functions of a key, so that no draw depends on earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from instraug_datasets.hashing import below, fold

__all__ = ["choose", "draw_integer", "happens", "sample", "shuffle", "uniform"]

Item = TypeVar("Item")
Key = int | str

_STEPS = 1 << 24


def draw_integer(bound: int, *key: Key) -> int:
    """A uniform integer from 0 to `bound - 1`."""
    number: int = below(fold(*key), bound)
    return number


def choose(items: Sequence[Item], *key: Key) -> Item:
    """One of the items, all equally likely."""
    return items[draw_integer(len(items), *key)]


def uniform(low: float, high: float, *key: Key) -> float:
    """A uniform number in `[low, high)`."""
    return low + (high - low) * draw_integer(_STEPS, *key) / _STEPS


def happens(probability: float, *key: Key) -> bool:
    """True with the given probability."""
    return uniform(0, 1, *key) < probability


def shuffle(items: Iterable[Item], *key: Key) -> list[Item]:
    """The items in random order."""
    word = fold(*key)
    return [item for _, item in sorted(enumerate(items), key=lambda pair: fold(word, pair[0]))]


def sample(items: Iterable[Item], count: int, *key: Key) -> list[Item]:
    """Up to `count` items without replacement, in random order."""
    return shuffle(items, *key)[:count]
