"""Reads records that are nested in other records, such as the regions of images."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError

from .json_tables import UNREADABLE, IdArray, JsonArray

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

    Attributes:
        ids: The id of every item; a group that cannot be read counts as one item with the id `UNREADABLE`.
        image_ids: The image id of every item.
    """

    def __init__(
        self, groups: JsonArray[G], selected: IdArray, *, kind: type[T], ids: type[msgspec.Struct], label: str
    ) -> None:
        self.file, self._groups, self._selected = groups.file, groups, selected
        self._kind, self._label = kind, label
        self._open: tuple[int, G, JsonArray[T]] | None = None
        self._read: tuple[int, list[T | None]] | None = None
        decoder = msgspec.json.Decoder(list[ids])  # type: ignore[valid-type]
        rows = [self._ids(position, ids, decoder) for position in selected.tolist()]
        self._starts = np.cumsum([0, *(len(row) for _, row in rows)])
        self._located = 0, 0, 0
        self.ids: IdArray = np.concatenate([row for _, row in rows]) if rows else np.empty(0, np.int64)
        image_ids = np.array([image_id for image_id, _ in rows], np.int64)
        self.image_ids: IdArray = np.repeat(image_ids, np.diff(self._starts))

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

    def _ids(
        self, position: int, kind: type[msgspec.Struct], decoder: msgspec.json.Decoder[list[Any]]
    ) -> tuple[int, IdArray]:
        try:
            group = self._groups[position]
        except SourceError:
            return UNREADABLE, np.array([UNREADABLE], np.int64)
        try:
            # There are millions of items: decode all at once, and one by one only if one is bad.
            decoded = decoder.decode(b"[" + b",".join(group.items) + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return group.image_id, self.items(position).columns(kind)[0]
        return group.image_id, np.fromiter(map(attrgetter(*kind.__struct_fields__), decoded), np.int64, len(decoded))


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
