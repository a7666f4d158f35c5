"""Conversion of Arrow columns in any layout to the types that rendering uses: texts, lists of texts, boxes, turns, ids.

Arrow has several layouts for the same values: dictionaries, views, run-end encoding, large offsets, fixed sizes and
extension types. Chunks are converted one by one, since each chunk may have a dictionary of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..errors import ExampleError

__all__ = [
    "BOXES",
    "LISTS",
    "STRINGS",
    "TURNS",
    "column_of",
    "id_values",
    "in_python",
    "is_text",
    "ordinary",
    "values_of",
]

STRINGS = pa.list_(pa.string())
BOXES = pa.list_(pa.list_(pa.float32()))
TURNS = pa.list_(pa.struct([("question", pa.string()), ("answer", pa.string())]))

LISTS = {
    "options": "a list of texts",
    "region": "a list of boxes [x1, y1, x2, y2]",
    "history": "a list of turns {question, answer}",
}
"""What fields that are not text hold, as worded in errors."""

_TURN = ["question", "answer"]


def column_of(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """Return a column as one array of type `kind`, which is all null if the table has no such column.

    Raises:
        ExampleError: Raised if the column holds something else, or if two columns have this name.
    """
    place = table.schema.get_field_index(name)
    if place < 0 and name not in table.column_names:
        return pa.nulls(table.num_rows, kind)
    column = _the_column(table, name) if place < 0 else table.column(place)
    if not column.type.equals(kind):
        column = pa.chunked_array([_converted(name, chunk, kind) for chunk in column.chunks], kind)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def values_of(table: pa.Table, name: str) -> list[Any]:
    """Return a column's values as Python objects.

    Raises:
        ExampleError: Raised if the values cannot be read, or if two columns have this name.
    """
    return in_python(_the_column(table, name), name)


def in_python(column: pa.Array | pa.ChunkedArray, name: str) -> list[Any]:
    """Return an Arrow column's values as Python objects.

    Raises:
        ExampleError: Raised if Python cannot represent them, such as a date beyond the year 9999.
    """
    try:
        return list(column.to_pylist())
    except (pa.ArrowException, ValueError, ArithmeticError) as error:
        raise ExampleError(f"The column {name!r} holds {column.type}, which cannot be read: {error}") from error


def _the_column(table: pa.Table, name: str) -> pa.ChunkedArray:
    index = table.schema.get_field_index(name)
    if index < 0:
        raise ExampleError(f"There are {table.column_names.count(name)} columns {name!r}; remove all but one.")
    return table.column(index)


def id_values(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return a column of ids as strings or integers; None if it holds anything else except nulls."""
    chunks = [ordinary(chunk) for chunk in column.chunks]
    kind = chunks[0].type if chunks else pa.null()
    if pa.types.is_null(kind):
        return pa.chunked_array([pa.nulls(len(column), pa.string())])
    return pa.chunked_array(chunks, kind) if pa.types.is_string(kind) or pa.types.is_integer(kind) else None


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text, in whatever layout."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or bool(kind == pa.string_view())


def ordinary(array: pa.Array) -> pa.Array:
    """Convert to strings, lists with 32-bit offsets and structs, at every level; other types are left as they are."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return ordinary(array.storage)
    if pa.types.is_dictionary(kind):
        return ordinary(array.dictionary).take(array.indices)
    if pa.types.is_run_end_encoded(kind):
        rows = np.arange(array.offset, array.offset + len(array))
        return ordinary(array.values).take(pa.array(np.searchsorted(array.run_ends.to_numpy(), rows, side="right")))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return array.cast(pa.string())
    if pa.types.is_struct(kind):
        fields = [ordinary(field) for field in array.flatten()]
        return pa.StructArray.from_arrays(fields, names=[field.name for field in kind], mask=array.is_null())
    if pa.types.is_fixed_size_list(kind):
        return _fixed_size(array)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        offsets = array.offsets.to_numpy()
        values = array.values.slice(offsets[0], offsets[-1] - offsets[0])
        return _lists(ordinary(values), offsets - offsets[0], array.is_null())
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return _views(array)
    return array


def _fixed_size(array: pa.FixedSizeListArray) -> pa.ListArray:
    size = array.type.list_size
    values = array.values.slice(array.offset * size, len(array) * size)
    return _lists(ordinary(values), np.arange(len(array) + 1) * size, array.is_null())


def _views(array: pa.ListViewArray) -> pa.ListArray:
    """Convert list views, which may overlap and be in any order; Arrow's own cast loses rows (pyarrow 26)."""
    sizes = np.where(array.is_null().to_numpy(zero_copy_only=False), 0, array.sizes.to_numpy())
    ends = np.concatenate([[0], np.cumsum(sizes)])
    places = np.arange(ends[-1]) + np.repeat(array.offsets.to_numpy() - ends[:-1], sizes)
    return _lists(ordinary(array.values).take(pa.array(places)), ends, array.is_null())


def _lists(values: pa.Array, offsets: npt.NDArray[np.integer[Any]], nulls: pa.BooleanArray) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, mask=nulls)


def _converted(name: str, chunk: pa.Array, kind: pa.DataType) -> pa.Array:
    found = ordinary(chunk)
    if kind == TURNS:
        found = _turns(found)
    if not _is_castable(found.type, kind):
        raise ExampleError(f"The field {name!r} must be {LISTS.get(name, 'text')}, but its column holds {chunk.type}.")
    # Boxes are stored in single precision, whatever type they come in.
    return found.cast(kind, safe=False)


def _is_castable(found: pa.DataType, kind: pa.DataType) -> bool:
    """Whether both types are text, numbers, or lists or turns of such; Arrow's cast would turn numbers into text."""
    if found.equals(kind) or pa.types.is_null(found):
        return True
    if pa.types.is_list(kind):
        return pa.types.is_list(found) and _is_castable(found.value_type, kind.value_type)
    if pa.types.is_struct(kind):
        return _has_turn(found) and all(_is_castable(field.type, pa.string()) for field in found)
    is_number = pa.types.is_integer(found) or pa.types.is_floating(found)
    return bool(is_number and pa.types.is_floating(kind))


def _turns(history: pa.Array) -> pa.Array:
    """Convert a history to turns of exactly a question and an answer; other columns are returned unchanged."""
    kind = history.type
    if pa.types.is_list(kind) and _has_turn(kind.value_type):
        return _lists(_turn(history.values), history.offsets.to_numpy(), history.is_null())
    if _has_turn(kind) and all(_is_castable(kind.field(name).type, STRINGS) for name in _TURN):
        return _zipped(history)
    return history


def _has_turn(kind: pa.DataType) -> bool:
    names = [field.name for field in kind] if pa.types.is_struct(kind) else []
    return set(_TURN) <= set(names)


def _turn(structs: pa.StructArray) -> pa.StructArray:
    fields = [structs.field(name) for name in _TURN]
    return pa.StructArray.from_arrays(fields, names=_TURN, mask=structs.is_null())


def _zipped(history: pa.StructArray) -> pa.ListArray:
    """Convert a dict of lists, the form in which `datasets` stores a `Sequence` of dicts, to a list of dicts."""
    said = [history.field(name).cast(STRINGS) for name in _TURN]
    counts, others = (lists.value_lengths().fill_null(-1).to_numpy() for lists in said)
    nulls = history.is_null()
    if ((counts != others) | (counts < 0))[~nulls.to_numpy(zero_copy_only=False)].any():
        raise ExampleError("A history has a different number of questions and answers.")
    turns = pa.StructArray.from_arrays([lists.flatten() for lists in said], names=_TURN)
    return _lists(turns, np.concatenate([[0], np.cumsum(np.maximum(counts, 0))]), nulls)
