"""Bootstrap intervals over examples and wordings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..hashing import below, fold, mix

__all__ = ["Interval", "Replicates", "interval", "replicates"]

_REPLICATES = 1000
_DRAWS_AT_ONCE = 4_000_000
_LEVEL = 95

Scores = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """A 95 % percentile interval, in the unit of the scores."""

    low: float
    high: float


class Replicates(NamedTuple):
    """The means of bootstrap samples.

    Attributes:
        wordings: Of every wording, over samples of the examples, shape `(samples, wordings)`; NaN where a sample holds
            no example of it.
        mean: The mean over wordings, over samples of examples and wordings, shape `(samples,)`.
    """

    wordings: Scores
    mean: Scores


def replicates(scores: Scores, *, seed: int, task: str) -> Replicates:
    """The means of 1000 bootstrap samples of a task's scores.

    Examples and wordings are drawn with replacement, independently of each other (a crossed bootstrap), as both are
    samples: other examples, and other ways to ask.

    Args:
        scores: One row per wording and one column per example; NaN where an example was skipped.

    Example:
        >>> interval(replicates(np.array([[1.0, 0.0, 1.0]]), seed=0, task="vqa").mean)
    """
    of_wordings = np.concatenate(list(_means(scores, fold("bootstrap of examples", task, seed))))
    drawn = _counts(fold("bootstrap of wordings", task, seed), 0, _REPLICATES, len(scores))
    filled = np.isfinite(of_wordings)
    weights = (drawn * filled).sum(axis=1)
    totals = (drawn * np.where(filled, of_wordings, 0)).sum(axis=1)
    return Replicates(of_wordings, np.divide(totals, weights, out=np.full(len(totals), np.nan), where=weights > 0))


def interval(samples: Scores) -> Interval | None:
    """The interval of bootstrap samples; None without any."""
    finite = samples[np.isfinite(samples)]
    if not finite.size:
        return None
    low, high = np.percentile(finite, [(100 - _LEVEL) / 2, (100 + _LEVEL) / 2])
    return Interval(float(low), float(high))


def _means(scores: Scores, word: int) -> Iterator[Scores]:
    """The mean of every wording in each sample, some samples at a time."""
    count = scores.shape[1]
    given = np.isfinite(scores)
    filled = np.where(given, scores, 0)
    at_once = max(1, _DRAWS_AT_ONCE // count)
    for start in range(0, _REPLICATES, at_once):
        drawn = _counts(word, start, min(at_once, _REPLICATES - start), count)
        sums, weights = drawn @ filled.T, drawn @ given.T.astype(np.float64)
        yield np.divide(sums, weights, out=np.full(sums.shape, np.nan), where=weights > 0)


def _counts(word: int, start: int, samples: int, size: int) -> Scores:
    """How often each of `size` members is in each sample, shape `(samples, size)`."""
    numbers = np.arange(start * size, (start + samples) * size, dtype=np.uint64)
    drawn = below(mix(np.uint64(word) ^ mix(numbers + np.uint64(1))), size).astype(np.int64).reshape(samples, size)
    places = drawn + np.arange(samples)[:, None] * size
    return np.bincount(places.ravel(), minlength=samples * size).reshape(samples, size).astype(np.float64)
