"""The one source of chance: integers derived from (seed, epoch, id), the same on every platform, in every process.

Every function takes and gives 64-bit unsigned integers, either one Python `int` or a NumPy `uint64` array; the same
lines of code serve both, so one example and a batch of a thousand cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

__all__ = ["Word", "Words", "below", "fold", "hash_text", "hash_texts", "mix"]

Words: TypeAlias = npt.NDArray[np.uint64]
Word: TypeAlias = Any
"""A 64-bit unsigned integer: an `int`, or an array of them (`Words`)."""

_MASK = 0xFFFF_FFFF_FFFF_FFFF


def hash_text(text: str) -> int:
    """The xxh3-64 hash of a text's UTF-8 bytes."""
    return xxh3_64_intdigest(text.encode())


def hash_texts(texts: Iterable[bytes], count: int) -> Words:
    """The xxh3-64 hashes of `count` UTF-8 encoded texts, shape `(count,)`."""
    return np.fromiter(map(xxh3_64_intdigest, texts), np.uint64, count)


def mix(word: Word) -> Word:
    """A bijection of 64-bit words in which every input bit moves every output bit: the finaliser of SplitMix64.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _MASK
    return word ^ (word >> 31)


def fold(*parts: int | str) -> int:
    """One word from several numbers and texts; order matters."""
    word = 0
    for part in parts:
        word = mix(word ^ (hash_text(part) if isinstance(part, str) else mix((part + 0x9E3779B97F4A7C15) & _MASK)))
    return word


def below(word: Word, bound: Word | int) -> Word:
    """A number in 0 ... `bound - 1` from a word; each comes up equally often to within `bound / 2**32`."""
    return (word >> 32) * bound >> 32
