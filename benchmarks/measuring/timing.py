"""Interleaved timing: alternatives run in turn and medians are compared, so that noise cancels out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles

__all__ = ["Timings", "run_interleaved", "time_call"]

Action = Callable[[], object]


class Timings:
    """The seconds that alternatives took in each round.

    Args:
        seconds: By alternative, one number per round.
    """

    def __init__(self, seconds: Mapping[str, Sequence[float]]) -> None:
        self._seconds = seconds

    def median(self, name: str) -> float:
        """The median seconds."""
        return median(self._seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """The median over rounds of the ratio of seconds to those of another alternative in the same round."""
        return median(self._ratios(name, to))

    def spread(self, name: str, to: str) -> tuple[float, float]:
        """The first and third quartile of these ratios."""
        ratios = self._ratios(name, to)
        lower, _, upper = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        return lower, upper

    def _ratios(self, name: str, to: str) -> list[float]:
        return [mine / other for mine, other in zip(self._seconds[name], self._seconds[to], strict=True)]


def run_interleaved(actions: Mapping[str, Action], *, rounds: int) -> Timings:
    """Run each action once as a warm-up, then all in turn for a number of rounds, every other round in reverse."""
    for action in actions.values():
        action()
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds):
        for name in list(actions)[:: -1 if number % 2 else 1]:
            seconds[name].append(time_call(actions[name]))
    return Timings(seconds)


def time_call(action: Action) -> float:
    """The seconds of one run, including its garbage collection but not that of earlier garbage."""
    gc.collect()
    gc.freeze()
    try:
        start = time.perf_counter()
        action()
        return time.perf_counter() - start
    finally:
        gc.unfreeze()
