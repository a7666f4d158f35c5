"""Arrays of random numbers that are determined by a name, on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from instraug_datasets.hashing import Words, below, fold, mix

__all__ = ["Floats", "Ints", "integers", "integers_by_key", "permutation", "uniform"]

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]


def integers(name: str, bound: int, count: int) -> Ints:
    """`count` uniform integers below `bound`."""
    drawn: Ints = below(_words(name, count), bound).astype(np.int64)
    return drawn


def integers_by_key(name: str, bound: int, keys: Ints) -> Ints:
    """A uniform integer below `bound` for each key; equal keys give equal integers."""
    words = mix(mix(keys.astype(np.uint64)) ^ np.uint64(fold(name)))
    drawn: Ints = below(words, bound).astype(np.int64)
    return drawn


def uniform(name: str, count: int) -> Floats:
    """`count` uniform numbers in `[0, 1)`."""
    return (_words(name, count) >> np.uint64(11)) * 2.0**-53


def permutation(name: str, count: int) -> Ints:
    """A random permutation of the integers below `count`."""
    return np.argsort(_words(name, count))


def _words(name: str, count: int) -> Words:
    words: Words = mix(np.arange(count, dtype=np.uint64) ^ np.uint64(fold(name)))
    return words
