"""Whole columns of options and boxes as text: what `styles` writes for one value, for a batch at once.

A null stays null, and an empty list becomes null: neither can be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import ExampleError
from ..hashing import Words, mix
from ..styles import BOX_SEPARATOR, NO_HISTORY, OptionsStyle, RegionStyle, boxes_text

__all__ = ["history_column", "options_column", "region_column", "shuffled"]

_CORNERS = 8192
"""Corners below this have their text ready; pictures that are larger still take the slow way."""


def shuffled(options: pa.ListArray, words: Words) -> pa.ListArray:
    """Each list in the order that its word gives it; a null becomes empty."""
    values, offsets = _content(options)
    rows, places = _rows_and_places(offsets)
    # 40 bits of chance below the row's number: one sort orders all lists.
    keys = mix(words[rows] + places.astype(np.uint64)) >> 24
    order = np.argsort(keys | (rows.astype(np.uint64) << 40), kind="stable")
    return pa.ListArray.from_arrays(pa.array(offsets), values.take(pa.array(order)))


def options_column(options: pa.ListArray, style: OptionsStyle) -> pa.StringArray:
    """Lists of options, in the order they stand in, as text; without what the style puts before the first."""
    values, offsets = _content(options)
    if style.marks:
        places = _rows_and_places(offsets)[1]
        marks = pa.array([style.mark(i) for i in range(int(places.max(initial=-1)) + 1)], pa.string())
        values = pc.binary_join_element_wise(marks.take(pa.array(places)), values, "")
    return _joined(values, offsets, style.between)


def region_column(regions: pa.ListArray, style: RegionStyle, sizes: Sequence[Any] | None) -> pa.StringArray:
    """Lists of boxes as text.

    Args:
        sizes: Each row's picture size; None where the style writes pixels.
    """
    boxes, offsets = _content(regions)
    numbers, corners = _content(boxes)
    good = not boxes.null_count and not numbers.null_count and (np.diff(corners) == 4).all()
    corner = np.rint(numbers.to_numpy(zero_copy_only=False))
    # Not a number is neither.
    good = good and corner.min(initial=0) >= 0 and corner.max(initial=0) < _CORNERS
    if style.steps is not None or not good:
        rows = zip(regions.to_pylist(), sizes or [None] * len(regions), strict=True)
        return pa.array([boxes_text(boxes, style, size) if boxes else None for boxes, size in rows], pa.string())
    places = corner.astype(np.int64)
    # The last corner of a box is followed by a separator, that of a region by nothing.
    places[3::4] += _CORNERS
    places[4 * offsets[1:][np.diff(offsets) > 0] - 1] += _CORNERS
    return _joined(_corner_texts().take(pa.array(places)), 4 * offsets, "")


@lru_cache
def _corner_texts() -> pa.StringArray:
    afters = (" ", BOX_SEPARATOR, "")
    return pa.array([f"{number}{after}" for after in afters for number in range(_CORNERS)])


def history_column(history: pa.ListArray) -> pa.StringArray:
    """Lists of earlier turns as text."""
    turns, offsets = _content(history)
    said = (turns.field("question"), turns.field("answer"))
    lines = pc.binary_join_element_wise("Q: ", said[0], "\nA: ", said[1], "")
    if turns.null_count or lines.null_count:
        raise ExampleError("A turn of the history is null.")
    texts = _joined(lines, offsets, "\n")
    beginnings = _valid(history) & (np.diff(offsets) == 0)
    return pc.if_else(pa.array(beginnings), NO_HISTORY, texts) if beginnings.any() else texts


def _content(lists: pa.ListArray) -> tuple[pa.Array, npt.NDArray[np.int32]]:
    """The values of a list column and where each row's begin, from 0: a column may be a slice of a longer one.

    A null list has no values here, like an empty one.
    """
    offsets = lists.offsets.to_numpy()
    if lists.null_count and np.diff(offsets)[~_valid(lists)].any():
        # Arrow allows values below a null.
        return _content(pa.array(lists.to_pylist(), lists.type))
    return lists.values.slice(offsets[0], offsets[-1] - offsets[0]), offsets - offsets[0]


def _valid(lists: pa.ListArray) -> npt.NDArray[np.bool_]:
    """Which rows are not null; several times as fast as Arrow's own way for a batch."""
    bits = lists.buffers()[0]
    if bits is None:
        return np.ones(len(lists), bool)
    unpacked = np.unpackbits(np.frombuffer(bits, np.uint8), count=lists.offset + len(lists), bitorder="little")
    return unpacked[lists.offset :].astype(bool)


def _rows_and_places(offsets: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each value, the row it belongs to and its place there."""
    counts = np.diff(offsets)
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(offsets[:-1], counts)


def _joined(values: pa.StringArray, offsets: npt.NDArray[np.int32], between: str) -> pa.StringArray:
    """Values joined list by list; null where a list is empty."""
    lists = pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(np.diff(offsets) == 0))
    return pc.binary_join(lists, between)
