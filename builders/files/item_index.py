"""Indexes the items of a large file of groups while the file is read for the first time."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from instraug_datasets.lazy_numpy import np

from .json_blocks import count_elements
from .json_tables import JsonArray, NonNegativeInt
from .json_text import DECODE_ERRORS, decode_leniently
from .tables import UNREADABLE, IdArray

__all__ = ["ItemIndex", "ItemIndexer"]

_ERRORS = DECODE_ERRORS
_GET_GROUP = attrgetter("image_id", "items")


class ItemIndex(NamedTuple):
    """The ids of all groups of a file and of their items.

    Attributes:
        image_ids: The image id of each group; `UNREADABLE` if the group cannot be read.
        counts: The number of items of each group; a group that cannot be read counts as one item.
        ids: The ids of the items of all groups, one group after the other; `UNREADABLE` for an item without one.
    """

    image_ids: IdArray
    counts: IdArray
    ids: IdArray

    def select(self, groups: IdArray) -> ItemIndex:
        """The index of some of the groups, in their order."""
        counts, starts = self.counts[groups], np.cumsum(self.counts) - self.counts
        places = np.arange(counts.sum()) + np.repeat(starts[groups] - (np.cumsum(counts) - counts), counts)
        return ItemIndex(self.image_ids[groups], counts, self.ids[places])


class ItemIndexer:
    """Reads the ids of groups and items.

    Args:
        kinds: The forms that a group has in the versions of a file; the first that fits the first group is used.
        ids: A struct with the id of an item as its only field.

    Attributes:
        kind: The form that is used.
    """

    def __init__(self, kinds: Sequence[Any], ids: type[msgspec.Struct]) -> None:
        self._kinds, self._ids = kinds, ids
        self.kind: Any = kinds[0]
        self._decoder: msgspec.json.Decoder[list[Any]] | None = None
        self._get_id = attrgetter(ids.__struct_fields__[0])
        self._image_ids, self._counts, self._item_ids = array("q"), array("q"), array("q")

    def add_text(self, text: bytes) -> int | None:
        """Add the groups of an array and return their number; None if the text is not an array."""
        try:
            groups = decode_leniently(text, self._decoder or self._choose(text))
        except (msgspec.ValidationError, UnicodeDecodeError):
            return self._add_array(text)
        except (msgspec.DecodeError, RecursionError):
            return None
        self._add(groups)
        return len(groups)

    def add_raws(self, raws: Iterable[msgspec.Raw]) -> None:
        """Add groups one by one, for the case that some of them cannot be read."""
        for raw in raws:
            if self._decoder is None:
                self._choose(b"[" + bytes(raw) + b"]")
            try:
                self._add([msgspec.json.decode(raw, type=self._index_kind)])
            except _ERRORS:
                self._add_bad(raw)

    def index(self) -> ItemIndex:
        """The index of all groups that were added."""
        columns = (self._image_ids, self._counts, self._item_ids)
        return ItemIndex(*(np.frombuffer(column, np.int64) if column else np.empty(0, np.int64) for column in columns))

    def _choose(self, text: bytes) -> msgspec.json.Decoder[list[Any]]:
        """Choose the form that fits the first group of an array.

        Raises:
            msgspec.DecodeError: Raised if the text is not an array.
        """
        raws = decode_leniently(text, msgspec.json.Decoder(list[msgspec.Raw]))
        kind = next((kind for kind in self._kinds if raws and _fits(raws[0], kind)), self._kinds[0])
        decoder = msgspec.json.Decoder(list[_index_kind(kind, self._ids)])  # type: ignore[misc]
        if raws:
            self.kind, self._index_kind, self._decoder = kind, _index_kind(kind, self._ids), decoder
        return decoder

    def _add_array(self, text: bytes) -> int | None:
        if count_elements(text) is None:
            return None
        raws = decode_leniently(text, msgspec.json.Decoder(list[msgspec.Raw]))
        self.add_raws(raws)
        return len(raws)

    def _add(self, groups: list[Any]) -> None:
        image_ids, items = zip(*map(_GET_GROUP, groups), strict=True) if groups else ((), ())
        self._image_ids.extend(image_ids)
        self._counts.extend(map(len, items))
        self._item_ids.extend(map(self._get_id, chain.from_iterable(items)))

    def _add_bad(self, raw: msgspec.Raw) -> None:
        try:
            group: Any = msgspec.json.decode(raw, type=self.kind)
        except _ERRORS:
            image_id, ids = UNREADABLE, [UNREADABLE]
        else:
            items = JsonArray("", group.items, kind=self._ids, label="")
            image_id, ids = group.image_id, items.columns(self._ids)[0].tolist()
        self._image_ids.append(image_id)
        self._counts.append(len(ids))
        self._item_ids.extend(ids)


def _index_kind(kind: type[msgspec.Struct], ids: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The form of a group of which only ids are read."""
    names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    fields = [("image_id", NonNegativeInt), ("items", list[ids])]  # type: ignore[valid-type]
    return msgspec.defstruct(f"{kind.__name__}Index", fields, rename=names)


def _fits(raw: msgspec.Raw, kind: type[msgspec.Struct]) -> bool:
    try:
        msgspec.json.decode(raw, type=kind)
    except _ERRORS:
        return False
    return True
