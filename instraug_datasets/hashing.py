"""The only source of randomness: hashes of (seed, epoch, id), identical on every platform and in every process.

All functions operate on 64-bit unsigned integers, either a Python `int` or a NumPy `uint64` array. The same code serves
both, so that single examples and batches agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from xxhash import xxh3_64_intdigest

from .lazy_numpy import np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Word", "Words", "below", "fold", "fold_range", "fold_words", "hash_text", "hash_texts", "mix", "mix_all"]

Words: TypeAlias = "npt.NDArray[np.uint64]"
Word: TypeAlias = Any
"""A 64-bit unsigned integer (`int`), or an array of them (`Words`)."""

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_GOLDEN = 0x9E3779B97F4A7C15

_TABLE_SIZE = 1024
_FEWEST_IN_ARRAY = 24
"""NumPy is faster than a loop for at least this many words."""


def hash_text(text: str) -> int:
    """Return the xxh3-64 hash of a text's UTF-8 bytes."""
    return xxh3_64_intdigest(text.encode())


def hash_texts(texts: Iterable[bytes], count: int) -> Words:
    """Return the xxh3-64 hashes of `count` UTF-8 encoded texts, shape `(count,)`."""
    return np.fromiter(map(xxh3_64_intdigest, texts), np.uint64, count)


def mix(word: Word) -> Word:
    """Mix the bits of a word with the finalizer of SplitMix64, a bijection with full avalanche.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _MASK
    return word ^ (word >> 31)


def fold(*parts: int | str) -> int:
    """Combine numbers and texts into one word; order matters.

    Example:
        >>> fold("epoch", 3) != fold("epoch", 4)
        True
    """
    word = 0
    for part in parts:
        word = mix(word ^ (hash_text(part) if isinstance(part, str) else mix((part + _GOLDEN) & _MASK)))
    return word


def fold_range(word: int, count: int) -> list[int]:
    """The words `fold(*parts, 0)`, `fold(*parts, 1)`, ... for a word `fold(*parts)`, faster than one by one.

    Example:
        >>> fold_range(fold("epoch"), 4)[3] == fold("epoch", 3)
        True
    """
    if count > _TABLE_SIZE:
        all_words: list[int] = fold_words(word, count).tolist()
        return all_words
    if count < _FEWEST_IN_ARRAY:
        return mix_all([word ^ number for number in _mixed_numbers()[0][:count]])
    words: list[int] = mix(np.uint64(word) ^ _mixed_numbers()[1][:count]).tolist()
    return words


def fold_words(word: int, count: int) -> Words:
    """The words of `fold_range`, shape `(count,)`."""
    words: Words = mix(np.uint64(word) ^ mix(np.arange(count, dtype=np.uint64) + np.uint64(_GOLDEN)))
    return words


def mix_all(words: list[int]) -> list[int]:
    """`mix` of each word, in place; its calls would take half of the time."""
    for place, word in enumerate(words):
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFF_FFFF_FFFF_FFFF
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB & 0xFFFF_FFFF_FFFF_FFFF
        words[place] = word ^ (word >> 31)
    return words


@cache
def _mixed_numbers() -> tuple[list[int], Words]:
    """The mixed words of the first numbers, as a list and as an array."""
    array = mix(np.arange(_TABLE_SIZE, dtype=np.uint64) + np.uint64(_GOLDEN))
    return array.tolist(), array


def below(word: Word, bound: Word | int) -> Word:
    """Map a word to 0 ... `bound - 1`, uniformly up to a relative error of `bound / 2**32`."""
    return (word >> 32) * bound >> 32
