"""Chance by name: a draw is a pure function of its key, so that no draw depends on how many came before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from instraug_datasets.hashing import below, fold

__all__ = ["between", "choose", "draw_number", "happens", "sample", "shuffle"]

Item = TypeVar("Item")
Key = int | str

_STEPS = 1 << 24


def draw_number(bound: int, *key: Key) -> int:
    """A number in 0 ... `bound - 1`, each equally likely."""
    number: int = below(fold(*key), bound)
    return number


def choose(items: Sequence[Item], *key: Key) -> Item:
    """One of the items, each equally likely."""
    return items[draw_number(len(items), *key)]


def between(low: float, high: float, *key: Key) -> float:
    """A number from `low` up to, not including, `high`."""
    return low + (high - low) * draw_number(_STEPS, *key) / _STEPS


def happens(chance: float, *key: Key) -> bool:
    """True with the given probability."""
    return between(0, 1, *key) < chance


def shuffle(items: Iterable[Item], *key: Key) -> list[Item]:
    """The items in an order drawn from all orders."""
    word = fold(*key)
    return [item for _, item in sorted(enumerate(items), key=lambda pair: fold(word, pair[0]))]


def sample(items: Iterable[Item], count: int, *key: Key) -> list[Item]:
    """Up to `count` different items, in random order."""
    return shuffle(items, *key)[:count]
