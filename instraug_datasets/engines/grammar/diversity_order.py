"""Puts variants into an order in which each beginning is as varied as can be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

__all__ = ["spread"]


def spread(costs: Mapping[str, float], *, start: str, limit: int | None = None) -> list[str]:
    """The texts, each in its turn the one that differs most from all before it, less its cost.

    Args:
        costs: What speaks against each of the texts, on the scale of the distance: 0 to 1.
        start: The text that the first one is to differ from.
        limit: How many to give; all of them if None.
    """
    bits: dict[str, int] = {}
    texts, against = list(costs), list(costs.values())
    features = [_features(text, bits) for text in texts]
    origin = _features(start, bits)
    # The distance to the nearest one before; half of it counts for the origin, which may well be close.
    nearest = [_distance(each, origin) / 2 + 0.5 for each in features]
    left = list(range(len(texts)))
    ordered: list[str] = []
    while left and (limit is None or len(ordered) < limit):
        best = max(left, key=lambda index: (nearest[index] - against[index], -index))
        left.remove(best)
        ordered.append(texts[best])
        for index in left:
            nearest[index] = min(nearest[index], _distance(features[index], features[best]))
    return ordered


def _features(text: str, bits: dict[str, int]) -> int:
    """A set of bits, one for each word and pair of neighbours."""
    total = 0
    for feature in _words_and_pairs(text):
        total |= 1 << bits.setdefault(feature, len(bits))
    return total


def _words_and_pairs(text: str) -> Iterator[str]:
    words = re.findall(r"\w+|[^\w\s.,;:?!]", text.casefold())
    yield from words
    yield from map(" ".join, pairwise(words))


def _distance(a: int, b: int) -> float:
    return 1 - (a & b).bit_count() / (a | b).bit_count() if a | b else 0.0
