"""Whole columns of options in the order in which they are shown: what `option_order` says of one list."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import ExampleError
from ..hashing import Words, mix
from ..option_order import BEGINNINGS, LAST, OWN_BEGINNINGS, fixes_order, is_anchor, keeps_order
from .columns import content, rows_and_places

__all__ = ["Choices", "choices_of", "order_column", "rows_without"]

_Places = npt.NDArray[np.int64]
_WORD = 4
_AT_FIRST, _ANYWHERE = 1, 2


class Choices(NamedTuple):
    """The options of every row.

    Attributes:
        values: The options of all rows, one row after the other, in the order of the data.
        offsets: Where the options of each row begin; a null list has none.
        rows, places: The row of each option and its place there, in the order of the data.
        order: For each place shown, the index in `values` of the option that is shown there.
    """

    values: pa.StringArray
    offsets: npt.NDArray[np.int32]
    rows: _Places
    places: _Places
    order: _Places

    def shown(self) -> pa.ListArray:
        """The lists in the order shown."""
        return pa.ListArray.from_arrays(pa.array(self.offsets), self.values.take(pa.array(self.order)))

    def row(self, row: int) -> tuple[list[str], list[int]]:
        """The options of one row in the order of the data, and the place there of each one shown."""
        start, end = self.offsets[row : row + 2].tolist()
        return self.values[start:end].to_pylist(), self.places[self.order[start:end]].tolist()


def choices_of(options: pa.ListArray, words: Words, *, shuffle: bool) -> Choices:
    """Order each list as its word does; without shuffling, as it is.

    Raises:
        ExampleError: An option is null.
    """
    values, offsets = content(options)
    if values.null_count:
        raise ExampleError("The field 'options' must be a list of texts, but an option is null.")
    rows, places = rows_and_places(offsets)
    if not shuffle:
        return Choices(values, offsets, rows, places, np.arange(len(rows)))
    # 40 bits of chance below the row's number: one sort orders all lists.
    keys = mix(words[rows] + places.astype(np.uint64)) >> 24
    _hold_in_place(keys, values, offsets, rows, places)
    order = np.argsort(keys | (rows.astype(np.uint64) << 40), kind="stable")
    return Choices(values, offsets, rows, places, order)


def order_column(choices: Choices, shown: npt.NDArray[np.bool_]) -> pa.ListArray:
    """The place in the data of each option shown; null where a row shows none."""
    offsets = pa.array(choices.offsets, pa.int32())
    places = pa.array(choices.places[choices.order], pa.int32())
    return pa.ListArray.from_arrays(offsets, places, mask=pa.array(~shown | (np.diff(choices.offsets) == 0)))


def rows_without(choices: Choices, targets: pa.StringArray) -> _Places:
    """The rows whose target is none of their options; those without a target or without options are not among them."""
    same = pc.equal(choices.values, targets.take(pa.array(choices.rows)))
    asked = np.diff(choices.offsets) > 0
    if targets.null_count:
        same, asked = same.fill_null(False), asked & targets.is_valid().to_numpy(zero_copy_only=False)
    asked[choices.rows[same.to_numpy(zero_copy_only=False)]] = False
    return np.flatnonzero(asked)


def _hold_in_place(
    keys: Words, values: pa.StringArray, offsets: npt.NDArray[np.int32], rows: _Places, places: _Places
) -> None:
    """Replace the sort keys of options that are not shuffled: last come those about all others, some lists keep all."""
    suspects = _suspects(values, places)
    if not len(suspects):
        return
    doubtful = set()
    for place, text in zip(suspects.tolist(), values.take(pa.array(suspects)).to_pylist(), strict=True):
        if is_anchor(text):
            keys[place] = LAST
        elif fixes_order(text):
            doubtful.add(int(rows[place]))
    for row in doubtful:
        if keeps_order(values[offsets[row] : offsets[row + 1]].to_pylist()):
            keys[offsets[row] : offsets[row + 1]] = 0


def _suspects(values: pa.StringArray, places: _Places) -> _Places:
    """The few options that begin like one about other options, or first in its list, like one with a key of its own."""
    _, offsets, data = values.buffers()
    if data is None or data.size < _WORD:
        return np.empty(0, np.int64)
    starts = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values)]
    # Four bytes from anywhere. The texts at the very end that are shorter are too short for a pattern.
    words = np.ndarray(data.size - _WORD + 1, "<u4", data, strides=(1,))[np.minimum(starts, data.size - _WORD)]
    kinds = _beginnings()[words & 0x1F | words >> 3 & 0x3E0 | words >> 6 & 0x7C00]
    found: _Places = np.flatnonzero(kinds > (places > 0))
    return found


@lru_cache
def _beginnings() -> npt.NDArray[np.uint8]:
    """Where a text that begins with three bytes may match a pattern, by the lowest five bits of each.

    Those bits are the same for a small and a capital letter. Other texts that share them are sorted out later.
    """
    table = np.zeros(1 << 15, np.uint8)
    for where, texts in ((_AT_FIRST, OWN_BEGINNINGS), (_ANYWHERE, BEGINNINGS)):
        for first, second, third in map(tuple, texts):
            table[ord(first) & 31 | (ord(second) & 31) << 5 | (ord(third) & 31) << 10] = where
    return table
