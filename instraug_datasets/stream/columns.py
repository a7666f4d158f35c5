"""Whole columns of options and boxes as text: what `styles` writes for one value, for a batch at once.

A null stays null, and an empty list becomes null: neither can be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..hashing import Words, mix
from ..styles import BOX_SEPARATOR, OptionsStyle, RegionStyle, boxes_text

__all__ = ["options_column", "region_column", "shuffled"]


def shuffled(options: pa.ListArray, words: Words) -> pa.ListArray:
    """Each list in the order that its word gives it."""
    values, offsets = _content(options)
    rows, places = _rows_and_places(offsets)
    # 40 bits of chance below the row's number: one sort orders all lists.
    keys = mix(words[rows] + places.astype(np.uint64)) >> 24
    order = np.argsort(keys | (rows.astype(np.uint64) << 40), kind="stable")
    return pa.ListArray.from_arrays(pa.array(offsets), values.take(pa.array(order)), mask=options.is_null())


def options_column(options: pa.ListArray, style: OptionsStyle) -> pa.StringArray:
    """Lists of options, in the order they stand in, as text."""
    values, offsets = _content(options)
    if style.marks:
        places = _rows_and_places(offsets)[1]
        marks = pa.array([style.mark(i) for i in range(int(places.max(initial=-1)) + 1)], pa.string())
        values = pc.binary_join_element_wise(marks.take(pa.array(places)), values, "")
    joined = _joined(pa.ListArray.from_arrays(pa.array(offsets), values, mask=options.is_null()), style.between)
    return pc.binary_join_element_wise(style.before, joined, "") if style.before else joined


def region_column(regions: pa.ListArray, style: RegionStyle, sizes: Sequence[Any] | None) -> pa.StringArray:
    """Lists of boxes as text.

    Args:
        sizes: Each row's picture size; None where the style writes pixels.
    """
    boxes, offsets = _content(regions)
    numbers, corners = _content(boxes)
    good = not boxes.null_count and not numbers.null_count and (np.diff(corners) == 4).all()
    if style.steps is not None or not good or not np.isfinite(numbers.to_numpy()).all():
        rows = zip(regions.to_pylist(), sizes or [None] * len(regions), strict=True)
        return pa.array([boxes_text(boxes, style, size) if boxes else None for boxes, size in rows], pa.string())
    whole = pa.array(np.rint(numbers.to_numpy().astype(np.float64)).astype(np.int64)).cast(pa.string())
    texts = pc.binary_join(pa.ListArray.from_arrays(pa.array(corners), whole), " ")
    return _joined(pa.ListArray.from_arrays(pa.array(offsets), texts, mask=regions.is_null()), BOX_SEPARATOR)


def _content(lists: pa.ListArray) -> tuple[pa.Array, npt.NDArray[np.int32]]:
    """The values of a list column and where each row's begin, from 0: a column may be a slice of a longer one."""
    offsets = lists.offsets.to_numpy()
    return lists.values.slice(offsets[0], offsets[-1] - offsets[0]), offsets - offsets[0]


def _rows_and_places(offsets: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each value, the row it belongs to and its place there."""
    counts = np.diff(offsets)
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(offsets[:-1], counts)


def _joined(lists: pa.ListArray, between: str) -> pa.StringArray:
    return pc.if_else(pc.equal(pc.list_value_length(lists), 0), None, pc.binary_join(lists, between))
