"""Counts the epochs of a `Trainer`, whose own count is a fraction of `max_steps` where the data state no length."""

from __future__ import annotations

import math

__all__ = ["Passes"]


class Passes:
    """The epochs of a run.

    Args:
        epoch: The trainer's epoch when training begins; a resumed run begins inside one.
    """

    def __init__(self, epoch: float | None = None) -> None:
        self._first, self._begun = _whole(epoch), 0

    def begin(self, epoch: float | None) -> int:
        """The number of the epoch that begins, given the trainer's own count."""
        number = max(_whole(epoch), self._first + self._begun)
        self._begun += 1
        return number


def _whole(epoch: float | None) -> int:
    # A resumed run begins inside an epoch, and the fraction may fall short of a whole number by rounding.
    return math.floor((epoch or 0.0) + 1e-6)
