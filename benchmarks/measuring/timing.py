"""Timing that noise cancels out of: rivals take turns, and medians are compared."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles

__all__ = ["Times", "seconds_of", "take_turns"]

Action = Callable[[], object]


class Times:
    """How long rivals took, round by round.

    Args:
        seconds: For each rival, one number a round.
    """

    def __init__(self, seconds: Mapping[str, Sequence[float]]) -> None:
        self._seconds = seconds

    def median(self, name: str) -> float:
        """The usual seconds."""
        return median(self._seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """How many times as long as another it takes: the median over rounds, whose runs shared the same moment."""
        return median(self._ratios(name, to))

    def spread(self, name: str, to: str) -> tuple[float, float]:
        """The middle half of these ratios: the first and the third quartile."""
        ratios = self._ratios(name, to)
        lower, _, upper = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        return lower, upper

    def _ratios(self, name: str, to: str) -> list[float]:
        return [mine / other for mine, other in zip(self._seconds[name], self._seconds[to], strict=True)]


def take_turns(actions: Mapping[str, Action], *, rounds: int) -> Times:
    """Run each action once unmeasured, then all of them in turn, so many rounds; every other round backwards."""
    for action in actions.values():
        action()
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds):
        for name in list(actions)[:: -1 if number % 2 else 1]:
            seconds[name].append(seconds_of(actions[name]))
    return Times(seconds)


def seconds_of(action: Action) -> float:
    """The seconds of one run; it collects its own garbage, as it would for a user, but none from before."""
    gc.collect()
    gc.freeze()
    try:
        start = time.perf_counter()
        action()
        return time.perf_counter() - start
    finally:
        gc.unfreeze()
