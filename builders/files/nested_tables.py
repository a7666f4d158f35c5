"""Reads records that are nested in other records, such as the regions of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.lazy_numpy import np

from .item_index import ItemIndex, ItemIndexer
from .json_tables import JsonArray
from .tables import IdArray

__all__ = ["LastGroup", "NestedRecords", "RecordGroup"]


class RecordGroup(Protocol):
    """A record that contains records."""

    @property
    def image_id(self) -> int:
        """The image that it is about."""

    @property
    def items(self) -> list[msgspec.Raw]:
        """The contained records as JSON."""


G = TypeVar("G", bound=RecordGroup)
T = TypeVar("T")


class NestedRecords(Generic[G, T]):
    """The items of several groups as one flat sequence; groups and items are decoded on access.

    Args:
        groups: All groups of a file.
        selected: The indices of the groups to use.
        kind: The type of an item.
        ids: A struct with the id of an item as its only field.
        label: The name of the items in error messages.
        index: The index of all groups, if it is known.

    Attributes:
        ids: The id of every item; a group that cannot be read counts as one item with the id `UNREADABLE`.
        image_ids: The image id of every item.
    """

    def __init__(
        self,
        groups: JsonArray[G],
        selected: IdArray,
        *,
        kind: type[T],
        ids: type[msgspec.Struct],
        label: str,
        index: ItemIndex | None = None,
    ) -> None:
        self.file, self._groups, self._selected = groups.file, groups, selected
        self._kind, self._label = kind, label
        self._open: tuple[int, G, JsonArray[T]] | None = None
        self._read: tuple[int, list[T | None]] | None = None
        if index is None:
            indexer = ItemIndexer((groups.kind,), ids)
            indexer.add_raws(map(groups.raw, selected.tolist()))
            own = indexer.index()
        else:
            own = index.select(selected)
        self._starts = np.cumsum([0, *own.counts.tolist()])
        self.ids: IdArray = own.ids
        self.image_ids: IdArray = np.repeat(own.image_ids, own.counts)
        self._located = 0, 0, 0

    def __len__(self) -> int:
        return len(self.ids)

    def locate(self, index: int) -> tuple[int, int]:
        """The index of an item's group in the file, and the index of the item in the group."""
        # Items are mostly read in order; a tuple, because another thread may locate another one meanwhile.
        first, stop, position = self._located
        if not first <= index < stop:
            row = int(np.searchsorted(self._starts, index, side="right")) - 1
            first, stop, position = int(self._starts[row]), int(self._starts[row + 1]), int(self._selected[row])
            self._located = first, stop, position
        return position, index - first

    def group(self, position: int) -> G:
        """A group by its index in the file.

        Raises:
            SourceError: If it cannot be read.
        """
        return self._opened(position)[0]

    def items(self, position: int) -> JsonArray[T]:
        """The items of a group.

        Raises:
            SourceError: If the group cannot be read.
        """
        return self._opened(position)[1]

    def items_or_none(self, position: int) -> list[T | None]:
        """The items of a group, with None for items that cannot be read.

        Raises:
            SourceError: If the group cannot be read.
        """
        # Callers read all neighbours of an item; the last group is cached, because records are mostly read in order.
        if self._read is None or self._read[0] != position:
            items = self.items(position)
            self._read = position, _items_or_none(items)
        return self._read[1]

    def readable(self, position: int) -> dict[int, T]:
        """The items of a group that can be read, by their index in the group.

        Raises:
            SourceError: If the group cannot be read.
        """
        return {index: item for index, item in enumerate(self.items_or_none(position)) if item is not None}

    def _opened(self, position: int) -> tuple[G, JsonArray[T]]:
        if self._open is None or self._open[0] != position:
            group = self._groups[position]
            label = f"{self._groups.name(position)}.{self._label}"
            self._open = position, group, JsonArray(self.file, group.items, kind=self._kind, label=label)
        return self._open[1:]


class LastGroup(Generic[T]):
    """Makes something for a group of records once, while records of the same group follow each other.

    Args:
        make: Makes it from the index of the group; its errors are raised for every record of the group.
    """

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._last: tuple[int, T] | None = None

    def get(self, position: int) -> T:
        """What belongs to the group at a position."""
        last = self._last
        if last is None or last[0] != position:
            self._last = last = position, self._make(position)
        return last[1]


def _items_or_none(items: JsonArray[T]) -> list[T | None]:
    try:
        return list(items.select(range(len(items))))
    except SourceError:
        return [_item_or_none(items, index) for index in range(len(items))]


def _item_or_none(items: JsonArray[T], index: int) -> T | None:
    try:
        return items[index]
    except SourceError:
        return None
