"""Orders variants so that every prefix of the list is as diverse as possible (greedy farthest-point selection)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

__all__ = ["order_by_diversity"]


def order_by_diversity(costs: Mapping[str, float], *, start: str, limit: int | None = None) -> list[str]:
    """Return the texts in greedy order: each maximizes its distance to all earlier ones, minus its cost.

    Args:
        costs: Penalty by text, on the scale of the distance: 0 to 1.
        start: The text that the first one should differ from.
        limit: Maximum number of texts; None for all.

    Example:
        >>> order_by_diversity({"Name it.": 0, "Name this.": 0, "What is it?": 0}, start="Say it.", limit=2)
    """
    bits: dict[str, int] = {}
    texts, penalties = list(costs), list(costs.values())
    features = [_features(text, bits) for text in texts]
    origin = _features(start, bits)
    # Distance to the nearest selected text. The original counts only half, as variants may be close to it.
    nearest = [_distance(each, origin) / 2 + 0.5 for each in features]
    remaining = list(range(len(texts)))
    ordered: list[str] = []
    while remaining and (limit is None or len(ordered) < limit):
        best = max(remaining, key=lambda index: (nearest[index] - penalties[index], -index))
        remaining.remove(best)
        ordered.append(texts[best])
        for index in remaining:
            nearest[index] = min(nearest[index], _distance(features[index], features[best]))
    return ordered


def _features(text: str, bits: dict[str, int]) -> int:
    """Return a bit set with one bit for each word and each pair of adjacent words."""
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
