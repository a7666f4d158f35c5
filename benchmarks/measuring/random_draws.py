"""Deterministic sequences of random draws for synthetic data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from instraug_datasets.hashing import below, fold, mix

T = TypeVar("T")


class RandomDraws:
    """A sequence of random draws that is determined by a name, on every machine."""

    def __init__(self, *name: int | str) -> None:
        self._word = fold(*name)

    def number(self, bound: int) -> int:
        """A uniform integer below `bound`."""
        self._word = mix(self._word + 1 & 0xFFFF_FFFF_FFFF_FFFF)
        return int(below(self._word, bound))

    def pick(self, values: Sequence[T]) -> T:
        """One of the values, all equally likely."""
        return values[self.number(len(values))]
