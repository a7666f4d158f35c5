"""What the package's own nodes of a stream share.

An iterable data set is a tree of *examples-iterables*. The library's nodes are private; this module and those that
import it are the ones that know them, and `iterable.augment_iterable` checks that they are as expected.
"""

from __future__ import annotations

import abc
import copy
from collections.abc import Callable, Iterator
from typing import Any

from datasets import Features
from datasets import iterable_dataset as protocol

__all__ = ["Node", "changed", "nodes"]

# Where the library has it no more, importing this package must still work.
_Base: Any = getattr(protocol, "_BaseExamplesIterable", object)


class Node(_Base, abc.ABC):
    """A node round one other, that yields as many examples as that.

    Args:
        ex_iterable: The node inside.
    """

    def __init__(self, ex_iterable: Any) -> None:
        super().__init__()
        self.ex_iterable = ex_iterable

    @abc.abstractmethod
    def _around(self, ex_iterable: Any) -> Node:
        """The same round another node, without any state."""

    @abc.abstractmethod
    def rows(self) -> int | None:
        """The number of examples; None if unknown."""

    @abc.abstractmethod
    def _iter_arrow(self) -> Iterator[tuple[Any, Any]]:
        """The tables, where the node inside has any."""

    def shuffle_data_sources(self, generator: Any) -> Node:
        """The same with the shards of the source in another order."""
        return self._around(self.ex_iterable.shuffle_data_sources(generator))

    def shard_data_sources(self, num_shards: int, index: int, contiguous: bool = True) -> Node:
        """The same of a part of the shards."""
        return self._around(self.ex_iterable.shard_data_sources(num_shards, index, contiguous=contiguous))

    def reshard_data_sources(self) -> Node:
        """The same with the source cut into more shards, if it can be."""
        return self._around(self.ex_iterable.reshard_data_sources())

    @property
    def num_shards(self) -> int:
        """The number of shards of the source."""
        return int(self.ex_iterable.num_shards)

    @property
    def is_typed(self) -> bool:
        """Whether the examples already have the types of `features`."""
        return bool(self.ex_iterable.is_typed)

    @property
    def features(self) -> Features | None:
        """The columns and their types; None if unknown."""
        return self.ex_iterable.features

    @property
    def iter_arrow(self) -> Callable[[], Iterator[tuple[Any, Any]]] | None:
        """What iterates tables; None if there are none."""
        return self._iter_arrow if self.ex_iterable.iter_arrow else None


def nodes(node: Any) -> Iterator[Any]:
    """A tree's nodes, outermost first."""
    yield node
    inner = getattr(node, "ex_iterable", None)
    for each in [*([] if inner is None else [inner]), *getattr(node, "ex_iterables", ())]:
        yield from nodes(each)


def changed(node: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of a tree with every node changed, outermost first."""
    node = change(copy.copy(node))
    if hasattr(node, "ex_iterable"):
        node.ex_iterable = changed(node.ex_iterable, change)
    if hasattr(node, "ex_iterables"):
        node.ex_iterables = [changed(each, change) for each in node.ex_iterables]
    return node
