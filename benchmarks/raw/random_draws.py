"""Many draws at once: arrays of numbers that one name determines, the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from instraug_datasets.hashing import Words, below, fold, mix

__all__ = ["Floats", "Ints", "fractions", "numbers", "numbers_of", "order"]

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]


def numbers(name: str, bound: int, count: int) -> Ints:
    """So many numbers below `bound`."""
    found: Ints = below(_words(name, count), bound).astype(np.int64)
    return found


def numbers_of(name: str, bound: int, keys: Ints) -> Ints:
    """A number below `bound` for each key, the same for the same key."""
    words = mix(mix(keys.astype(np.uint64)) ^ np.uint64(fold(name)))
    found: Ints = below(words, bound).astype(np.int64)
    return found


def fractions(name: str, count: int) -> Floats:
    """So many numbers from 0 up to 1."""
    return (_words(name, count) >> np.uint64(11)) * 2.0**-53


def order(name: str, count: int) -> Ints:
    """The numbers below `count`, shuffled."""
    return np.argsort(_words(name, count))


def _words(name: str, count: int) -> Words:
    words: Words = mix(np.arange(count, dtype=np.uint64) ^ np.uint64(fold(name)))
    return words
