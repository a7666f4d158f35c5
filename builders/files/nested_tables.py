"""Files whose records are lists inside of records: pictures with their regions, objects with their expressions."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError

from .json_tables import UNREADABLE, IdArray, JsonArray

__all__ = ["NestedRecords", "RecordGroup"]


class RecordGroup(Protocol):
    """A record that holds records."""

    @property
    def image_id(self) -> int:
        """The picture that it is about."""

    @property
    def items(self) -> list[msgspec.Raw]:
        """The records in it."""


G = TypeVar("G", bound=RecordGroup)
T = TypeVar("T")


class NestedRecords(Generic[G, T]):
    """The items of several groups in one row, each group and item decoded when it is asked for.

    Args:
        groups: All groups of a file.
        selected: The positions of those that count.
        kind: What an item must be.
        ids: The one field of an item that is its id.
        label: What items are called in messages.

    Attributes:
        ids: The id of every item; one `UNREADABLE` for a group that cannot be read.
        image_ids: The picture of every item.
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
        self.ids: IdArray = np.concatenate([row for _, row in rows]) if rows else np.empty(0, np.int64)
        image_ids = np.array([image_id for image_id, _ in rows], np.int64)
        self.image_ids: IdArray = np.repeat(image_ids, np.diff(self._starts))

    def __len__(self) -> int:
        return len(self.ids)

    def locate(self, index: int) -> tuple[int, int]:
        """Where an item stands: the position of its group in the file, and its own in the group."""
        row = int(np.searchsorted(self._starts, index, side="right")) - 1
        return int(self._selected[row]), index - int(self._starts[row])

    def group(self, position: int) -> G:
        """A group by its position in the file.

        Raises:
            SourceError: It cannot be read.
        """
        return self._opened(position)[0]

    def items(self, position: int) -> JsonArray[T]:
        """The items of a group.

        Raises:
            SourceError: The group cannot be read.
        """
        return self._opened(position)[1]

    def items_or_none(self, position: int) -> list[T | None]:
        """The items of a group, with None for those that cannot be read.

        Raises:
            SourceError: The group cannot be read.
        """
        # Neighbours are read for every item of a group; the last group is kept, as records are mostly read in order.
        if self._read is None or self._read[0] != position:
            items = self.items(position)
            self._read = position, [_readable(items, place) for place in range(len(items))]
        return self._read[1]

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
            # All at once, as there are millions; one by one only where something is wrong.
            found = decoder.decode(b"[" + b",".join(group.items) + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return group.image_id, self.items(position).columns(kind)[0]
        return group.image_id, np.fromiter(map(attrgetter(*kind.__struct_fields__), found), np.int64, len(found))


def _readable(items: JsonArray[T], place: int) -> T | None:
    try:
        return items[place]
    except SourceError:
        return None
