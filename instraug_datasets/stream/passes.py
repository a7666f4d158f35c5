"""`repeat` with a fresh wording in every pass.

Which pass it is is the position of the repetition, which the library keeps in its state anyway: nothing is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

from .lengths import rows
from .nodes import Node, changed

__all__ = ["FreshRepeatExamplesIterable", "Pass", "word_of"]

_STRIDE = 1_000_003
"""Sets the passes of an endless repetition apart; a prime, so that no pool's size divides it."""


class Pass(NamedTuple):
    """One pass of a repetition: its number from 0, and the number of passes; None if it is endless."""

    number: int
    passes: int | None


def word_of(epoch: int, turns: tuple[Pass, ...]) -> int:
    """The epoch whose wording an example gets, in an epoch and in passes of repetitions, the outermost first.

    An epoch of `n` passes uses the wordings of `n` epochs, so that no pass of a run shows what another has shown
    before the pool is used up.
    """
    for turn in turns:
        epoch = epoch + turn.number * _STRIDE if turn.passes is None else epoch * turn.passes + turn.number
    return epoch


class FreshRepeatExamplesIterable(Node):
    """Repeats another node, and tells the augmented nodes in it which pass it is.

    Args:
        ex_iterable: What to repeat.
        num_times: How often; None for ever.
    """

    def __init__(self, ex_iterable: Any, num_times: int | None) -> None:
        super().__init__(ex_iterable)
        self.num_times = num_times

    def _around(self, ex_iterable: Any) -> FreshRepeatExamplesIterable:
        return FreshRepeatExamplesIterable(ex_iterable, self.num_times)

    def rows(self) -> int | None:
        """The number of examples of all passes; None if it is unknown or endless."""
        inner = rows(self.ex_iterable)
        return None if inner is None or self.num_times is None else inner * max(0, self.num_times)

    def _init_state_dict(self) -> dict[str, Any]:
        self._state_dict: dict[str, Any] = {
            "repeat_index": 0,
            "examples_iterable": self.ex_iterable._init_state_dict(),
            # The library's own name: a state of either kind of repetition serves the other.
            "type": "RepeatExamplesIterable",
        }
        return self._state_dict

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return self._read(iter)

    def _iter_arrow(self) -> Iterator[tuple[Any, Any]]:
        return self._read(lambda inner: inner.iter_arrow())

    def _read(self, read: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
        first = self._state_dict["repeat_index"] if self._state_dict else 0
        for number in count(first) if self.num_times is None else range(first, self.num_times):
            empty = True
            for each in read(self._resumed(number) if number == first else self._begun(number)):
                empty = False
                yield each
            # A pass that was resumed at its end gives nothing either, but it is the first.
            if self.num_times is None and empty and number > first:
                return

    def _resumed(self, number: int) -> Any:
        """The node inside, where the state left it."""
        inner = self._in_pass(number)
        if self._state_dict:
            inner.load_state_dict(self._state_dict["examples_iterable"])
            self._state_dict["examples_iterable"] = inner._state_dict
        return inner

    def _begun(self, number: int) -> Any:
        """The node inside, at the start of a pass."""
        inner = self._in_pass(number)
        if self._state_dict:
            self._state_dict.update(repeat_index=number, examples_iterable=inner._init_state_dict())
        return inner

    def _in_pass(self, number: int) -> Any:
        turn = Pass(number, self.num_times)
        return changed(self.ex_iterable, lambda each: each.in_pass(turn) if hasattr(each, "in_pass") else each)
