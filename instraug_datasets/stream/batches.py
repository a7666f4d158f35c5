"""The kinds of batches that an augmenter accepts, and how columns are added to each.

pandas and Polars are never imported here: an object can be one of their frames only if they have been imported already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from math import isnan
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from datasets.formatting import formatting

from ..errors import ExampleError, SettingError, shown
from .labels import Labels, label_names, name_of, named_column, stored_labels
from .layouts import in_python
from .messages import image_count, image_counts

__all__ = ["Added", "Batch", "batch_of", "check_length", "example_of"]

Added: TypeAlias = pa.Table | dict[str, list[Any]]
"""Columns to add, as a table or as lists."""

_MIN_ARROW_ROWS = 128
"""For fewer rows, rendering row by row is faster than a conversion to Arrow."""

# What `Dataset.map` passes. If a version of `datasets` lacks these classes, its examples are treated as any mapping:
# correct, but every column that is read is decoded.
_LAZY: Any = getattr(formatting, "LazyDict", ())
_LAZY_ROW: Any = getattr(formatting, "LazyRow", ())

_ARROW = (pa.Array, pa.ChunkedArray)
_PLAIN = frozenset({type(None), str, int, float, bool, list, dict, tuple, bytes})
"""The types of an example's values that are no arrays."""
_NOT_CONVERTIBLE = (pa.ArrowException, TypeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Batch:
    """The columns of a batch, and how to add columns to it.

    Attributes:
        columns: The values of each column: an Arrow column, an array, a series or a list. Arrow columns are as stored,
            with undecoded pictures.
        num_rows: The number of rows.
        add: Returns the batch with columns added, as an object of its kind; takes the columns and their schema.
        labels: The names of `ClassLabel` columns.
    """

    columns: Mapping[str, Any]
    num_rows: int
    add: Callable[[Added, pa.Schema], Any]
    labels: Labels = field(default_factory=dict)

    def table(self, names: Container[str], *, pictures: str) -> pa.Table | None:
        """Return the columns of these names as a table.

        Args:
            pictures: The name of the column of pictures. Pictures of Python objects are replaced by placeholders.

        Returns:
            The table, or None if there are few rows or Arrow has no type for the values of a column.
        """
        if self.num_rows < _MIN_ARROW_ROWS:
            return None
        columns = {}
        for name, values in self._select(names).items():
            column = _to_arrow(_placeholders(values) if name == pictures else values)
            if column is None:
                return None
            columns[name] = named_column(name, column, self.labels)
        return pa.table(columns)

    def rows(self, names: Container[str], *, pictures: str) -> Iterator[dict[str, Any]]:
        """Return the rows with the columns of these names; pictures are replaced by placeholders."""
        columns = {}
        for name, values in self._select(names).items():
            listed = _to_list(name, _placeholders(values) if name == pictures else values)
            columns[name] = [name_of(name, value, self.labels) for value in listed] if name in self.labels else listed
        if not columns:
            return iter([{}] * self.num_rows)
        return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))

    def _select(self, names: Container[str]) -> dict[str, Any]:
        columns = {name: _without_polars(values) for name, values in self.columns.items() if name in names}
        for name, values in columns.items():
            check_length(name, values, self.num_rows)
        return columns


def check_length(name: str, values: Any, num_rows: int) -> None:
    """Check that a column of a batch has a value for each row.

    Raises:
        ExampleError: Raised if it has not.
    """
    if not isinstance(values, Sized):
        raise ExampleError(f"The column {name!r} must have {num_rows} values, but is {shown(values)}.")
    if len(values) != num_rows:
        raise ExampleError(f"The column {name!r} has {len(values)} values, but there are {num_rows} ids.")


def example_of(examples: Any, id_column: str) -> dict[str, Any] | None:
    """Return a single example as a dict, with 0-dimensional arrays and tensors as Python scalars; None for a batch.

    Args:
        id_column: The column of ids, which holds one id in an example and a sequence of ids in a batch.
    """
    if not isinstance(examples, Mapping) or isinstance(examples, _LAZY) or _is_many(examples.get(id_column)):
        return None
    if _PLAIN.issuperset(map(type, examples.values())):
        return dict(examples)
    return {name: value.item() if getattr(value, "ndim", None) == 0 else value for name, value in examples.items()}


def batch_of(examples: Any, id_column: str) -> Batch:
    """Return the batch of an object that `example_of` does not recognise as an example.

    Raises:
        ExampleError: Raised if two columns have the same name.
        SettingError: Raised if the object is not a batch.
    """
    if isinstance(examples, _LAZY):
        return _lazy(examples)
    if isinstance(examples, Mapping):
        return _dict(examples, examples[id_column])
    if isinstance(examples, pa.RecordBatch):
        return _record_batch(examples)
    if _is_from("pandas", "DataFrame", examples):
        return _pandas(examples)
    if _is_from("polars", "DataFrame", examples):
        return _polars(examples)
    lazy = _is_from("polars", "LazyFrame", examples)
    raise SettingError(
        "Expected an example or a batch, as a dict, a pyarrow Table or RecordBatch, or a pandas or Polars DataFrame, "
        f"but got {type(examples).__name__}. "
        + ("Collect it first: frame.collect()." if lazy else "For a whole data set, use augment().")
    )


def _lazy(examples: Any) -> Batch:
    stored, labels = examples.pa_table, label_names(examples.formatter.features)
    columns = {
        name: stored.column(name) if name in examples.keys_to_format else examples.data[name] for name in examples
    }
    # Only the added columns are returned: `map` keeps all others as stored, and would re-encode a returned picture.
    if isinstance(examples, _LAZY_ROW):
        columns = {name: each if name in examples.keys_to_format else [each] for name, each in columns.items()}
        return Batch(columns, 1, lambda added, _: _first(added), labels)
    return Batch(columns, stored.num_rows, lambda added, _: _lists(added), labels)


def _dict(batch: Mapping[str, Any], ids: Any) -> Batch:
    def add(added: Added, _: pa.Schema) -> dict[str, Any]:
        lists = _lists(added)
        arrays = isinstance(ids, np.ndarray)
        return {**batch, **({name: _objects(values) for name, values in lists.items()} if arrays else lists)}

    return Batch(batch, len(ids), add)


def _record_batch(batch: pa.RecordBatch) -> Batch:
    def add(added: Added, schema: pa.Schema) -> pa.RecordBatch:
        arrays = [column.combine_chunks() for column in _table(added, schema).columns]
        fields = pa.schema([*batch.schema, *schema], metadata=batch.schema.metadata)
        return pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=fields)

    columns = dict(zip(_unique(batch.schema.names), batch.columns, strict=True))
    return Batch(columns, batch.num_rows, add, stored_labels(batch.schema))


def _pandas(frame: Any) -> Batch:
    columns = {name: frame[name] for name in _unique(list(frame.columns))}
    return Batch(columns, len(frame), lambda added, _: frame.assign(**_lists(added)))


def _polars(frame: Any) -> Batch:
    def add(added: Added, schema: pa.Schema) -> Any:
        return frame.hstack(sys.modules["polars"].from_arrow(_table(added, schema)))

    return Batch({name: frame.get_column(name) for name in frame.columns}, frame.height, add)


def _unique(names: list[Any]) -> list[Any]:
    for name in names:
        if names.count(name) > 1:
            raise ExampleError(f"There are {names.count(name)} columns {name!r}; remove all but one.")
    return names


def _is_many(ids: Any) -> bool:
    # The type first: a look into the abstract class takes several times as long.
    return not isinstance(ids, (str, bytes)) and isinstance(ids, Sized) and getattr(ids, "ndim", 1) > 0


def _is_from(library: str, name: str, examples: Any) -> bool:
    return library in sys.modules and isinstance(examples, getattr(sys.modules[library], name))


def _lists(added: Added) -> dict[str, list[Any]]:
    return added if isinstance(added, dict) else added.to_pydict()


def _first(added: Added) -> dict[str, Any]:
    return {name: values[0] for name, values in _lists(added).items()}


def _table(added: Added, schema: pa.Schema) -> pa.Table:
    return pa.table(added, schema=schema) if isinstance(added, dict) else added


def _objects(values: list[Any]) -> np.ndarray[Any, Any]:
    """Return a one-dimensional array of objects, even if the values are sequences."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _without_polars(values: Any) -> Any:
    """Return Polars series as Arrow columns, or lists if they hold Python objects; other values as they are."""
    if isinstance(values, list) or not _is_from("polars", "Series", values):
        return values
    return values.to_list() if values.dtype == sys.modules["polars"].Object else values.to_arrow()


def _placeholders(pictures: Any) -> Any:
    """Return a list with one null per picture for each row, since only the number of pictures matters."""
    if isinstance(pictures, _ARROW):
        pictures = image_counts(pa.table({"images": pictures})).to_pylist()
        return [None if count is None else [None] * count for count in pictures]
    return [None if _is_missing(each) else [None] * image_count(each) for each in pictures]


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _to_arrow(values: Any) -> Any:
    """Convert values to an Arrow column; None if Arrow has no type for them."""
    if isinstance(values, _ARROW):
        return values
    for convert in (pa.array, lambda each: pa.array(_nested_lists(each))):
        try:
            return convert(values)
        except _NOT_CONVERTIBLE:
            continue
    return None


def _to_list(name: str, values: Any) -> list[Any]:
    """Convert values to a list, with None for missing values of pandas."""
    if isinstance(values, list):
        return values
    if isinstance(values, _ARROW):
        return in_python(values, name)
    if _is_from("pandas", "Series", values):
        values = values.astype(object).where(values.notna(), None)
    return list(values.tolist() if hasattr(values, "tolist") else values)


def _nested_lists(value: Any) -> Any:
    """Convert arrays to lists at every level."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [_nested_lists(each) for each in value] if isinstance(value, (list, tuple)) else value
