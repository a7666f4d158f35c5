"""A shuffle that resumes exactly.

The library's buffer keeps half of its examples when it is filled again, so that what it holds depends on everything
before, and is lost on resume. Here a buffer is filled, emptied in a random order, and filled anew: to go on, it is
enough to fill one buffer again and to skip what it had given.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from .lengths import rows
from .nodes import Node

__all__ = ["BlockShuffledExamplesIterable"]


class BlockShuffledExamplesIterable(Node):
    """Shuffles each block of so many consecutive examples.

    Args:
        ex_iterable: What to shuffle; its tables, if it has any, must be the blocks.
        block_size: The number of examples of a block.
        keys: What the orders depend on beside the block's number: a seed, then the epoch and the worker.
    """

    def __init__(self, ex_iterable: Any, block_size: int, keys: tuple[int, ...]) -> None:
        super().__init__(ex_iterable)
        self.block_size = block_size
        self.keys = keys

    def _around(self, ex_iterable: Any) -> BlockShuffledExamplesIterable:
        return BlockShuffledExamplesIterable(ex_iterable, self.block_size, self.keys)

    def shift_rngs(self, value: int) -> BlockShuffledExamplesIterable:
        """The same in the orders of an epoch or a worker."""
        return BlockShuffledExamplesIterable(self.ex_iterable, self.block_size, (*self.keys, value))

    def rows(self) -> int | None:
        """The number of examples; None if unknown."""
        return rows(self.ex_iterable)

    def _init_state_dict(self) -> dict[str, Any]:
        live = self.ex_iterable._init_state_dict()
        self._state_dict: dict[str, Any] = {
            "examples_iterable": live,
            "block": 0,
            "given": 0,
            "block_state": self.ex_iterable.state_dict(),
            "type": type(self).__name__,
        }
        return self._state_dict

    def _begin(self) -> dict[str, Any]:
        """The state, with the node inside at the start of the block that the state is in."""
        if not self._state_dict:
            return {"block": 0, "given": 0}
        if self._state_dict["given"]:
            self.ex_iterable.load_state_dict(self._state_dict["block_state"])
            self._state_dict["examples_iterable"] = self.ex_iterable._state_dict
        return self._state_dict

    def _end(self, state: dict[str, Any]) -> None:
        if self._state_dict:
            state["block_state"] = self.ex_iterable.state_dict()
        state["block"] += 1
        state["given"] = 0

    def _order(self, block: int, size: int) -> list[int]:
        order: list[int] = np.random.default_rng([*self.keys, block]).permutation(size).tolist()
        return order

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        state = self._begin()
        source = iter(self.ex_iterable)
        while block := list(islice(source, self.block_size)):
            for place in self._order(state["block"], len(block))[state["given"] :]:
                state["given"] += 1
                yield block[place]
            self._end(state)

    def _iter_arrow(self) -> Iterator[tuple[Any, Any]]:
        state = self._begin()
        for key, table in self.ex_iterable.iter_arrow():
            order = self._order(state["block"], len(table))[state["given"] :]
            self._end(state)
            yield key, table.take(order)
