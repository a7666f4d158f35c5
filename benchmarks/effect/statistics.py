"""Means over seeds, with bootstrap intervals, and how much more data a score is worth."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Estimate", "difference", "estimate", "worth"]

_LEVEL = 95
_DRAWS = 10_000
_MOST_ENUMERATED = 6

Numbers = npt.NDArray[np.float64]


class Estimate(NamedTuple):
    """A mean over seeds, and the 95 % percentile interval of the bootstrap over seeds; None with a single seed."""

    mean: float
    low: float | None
    high: float | None
    seeds: int


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of one value per seed."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, None, None, len(values))
    means = np.asarray(values)[_resamples(len(values))].mean(axis=1)
    return Estimate(mean, *_interval(means), len(values))


def difference(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Estimate | None:
    """The mean of the differences over the seeds that both have; None without any."""
    both = sorted(ours.keys() & theirs.keys())
    return estimate([ours[seed] - theirs[seed] for seed in both]) if both else None


def worth(score: Mapping[int, float], by_times: Mapping[int, Mapping[int, float]]) -> Estimate | None:
    """How many times the data give the score, between the measured ones linear in the logarithm of the data.

    Below the smallest and above the largest number it is that number, so that an end of the interval that reaches one
    of them means "or less" or "or more".

    Args:
        by_times: The scores by seed for each number of times the data.
    """
    both = sorted(score.keys() & set.intersection(*({*each} for each in by_times.values())))
    if not both:
        return None
    times = np.log2(sorted(by_times))
    curve = np.array([[by_times[number][seed] for seed in both] for number in sorted(by_times)])
    goal = np.array([score[seed] for seed in both])
    mean = 2 ** _crossing(times, curve.mean(axis=1), float(goal.mean()))
    if len(both) < 2:
        return Estimate(mean, None, None, len(both))
    samples = _resamples(len(both))
    crossings = [_crossing(times, curve[:, drawn].mean(axis=1), float(goal[drawn].mean())) for drawn in samples]
    return Estimate(mean, *_interval(2 ** np.array(crossings)), len(both))


def _crossing(times: Numbers, curve: Numbers, goal: float) -> float:
    """The first place at which the curve reaches the goal, and the last one if it never does."""
    if curve[0] >= goal:
        return float(times[0])
    for i in range(1, len(curve)):
        if curve[i] >= goal:
            part = (goal - curve[i - 1]) / (curve[i] - curve[i - 1])
            return float(times[i - 1] + part * (times[i] - times[i - 1]))
    return float(times[-1])


def _resamples(count: int) -> npt.NDArray[np.int64]:
    """Positions of bootstrap samples: all of them for a few seeds, else drawn."""
    if count <= _MOST_ENUMERATED:
        return np.array(list(itertools.product(range(count), repeat=count)))
    return np.random.default_rng(0).integers(count, size=(_DRAWS, count))


def _interval(samples: Numbers) -> tuple[float, float]:
    low, high = np.percentile(samples, [(100 - _LEVEL) / 2, (100 + _LEVEL) / 2])
    return float(low), float(high)
