"""What an augmenter takes, an example or any kind of batch, and how the same kind is given back with columns added.

Frames are recognised by the libraries that are imported already: whoever has a frame has imported its library.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from math import isnan
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from datasets.formatting import formatting

from ..errors import ExampleError, SettingError
from .labels import Labels, label_names, name_of, named_column, stored_labels
from .layouts import in_python
from .messages import image_count, image_counts

__all__ = ["Added", "Batch", "batch_of", "example_of"]

Added: TypeAlias = pa.Table | dict[str, list[Any]]
"""Columns to add: Arrow or lists."""

_FEW = 128
"""Below so many rows, going through Arrow takes longer than rendering row by row."""

# What `Dataset.map` passes; without it a mapping like any other is passed, which decodes every column that is read.
_LAZY: Any = getattr(formatting, "LazyDict", ())
_LAZY_ROW: Any = getattr(formatting, "LazyRow", ())

_ARROW = (pa.Array, pa.ChunkedArray)
_UNREADABLE = (pa.ArrowException, TypeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Batch:
    """The columns of a batch, or of a single example, and the way back.

    Attributes:
        columns: What holds each column's values: an Arrow column, an array, a series or a list. Arrow columns are as
            they are stored, pictures undecoded.
        length: The number of rows.
        give: Makes what the augmenter returns from the columns to add, given their schema too.
        labels: The names that a column's numbers stand for.
    """

    columns: Mapping[str, Any]
    length: int
    give: Callable[[Added, pa.Schema], Any]
    labels: Labels = field(default_factory=dict)

    def table(self, names: Container[str], *, pictures: str) -> pa.Table | None:
        """The columns of these names as a table; None if that does not pay, or if Arrow cannot hold their values.

        Args:
            pictures: The column of pictures, of which only the number in each row is kept.
        """
        if self.length < _FEW:
            return None
        columns = {
            name: _arrow(_places(values) if name == pictures else values) for name, values in self._read(names).items()
        }
        if any(column is None for column in columns.values()):
            return None
        return pa.table({name: named_column(column, self.labels.get(name)) for name, column in columns.items()})

    def rows(self, names: Container[str], *, pictures: str) -> Iterator[dict[str, Any]]:
        """The same, row by row, in Python."""
        columns = {
            name: _places(values) if name == pictures else _named(_python(name, values), self.labels.get(name))
            for name, values in self._read(names).items()
        }
        if not columns:
            return iter([{}] * self.length)
        return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))

    def _read(self, names: Container[str]) -> dict[str, Any]:
        columns = {name: _values(values) for name, values in self.columns.items() if name in names}
        for name, values in columns.items():
            if len(values) != self.length:
                raise ExampleError(f"The column {name!r} has {len(values)} values, but there are {self.length} ids.")
        return columns


def example_of(examples: Any, id_column: str) -> dict[str, Any] | None:
    """A single example as a dict has it; None for anything else.

    Args:
        id_column: The column that tells an example, which has one id, from a batch, which has many.
    """
    if not isinstance(examples, Mapping) or isinstance(examples, _LAZY) or _is_many(examples.get(id_column)):
        return None
    # What an array or tensor without dimensions holds is a number or a text.
    return {name: value.item() if getattr(value, "ndim", None) == 0 else value for name, value in examples.items()}


def batch_of(examples: Any, id_column: str) -> Batch:
    """A batch of any kind that an augmenter takes, or what `Dataset.map` passes for an example.

    Args:
        id_column: The column whose values are as many as the rows.

    Raises:
        SettingError: Raised if it is of another kind; the message says what to pass instead.
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
        + ("Collect it first: frame.collect()." if lazy else "A whole data set is given to augment().")
    )


def _lazy(examples: Any) -> Batch:
    stored, labels = examples.pa_table, label_names(examples.formatter.features)
    columns = {
        name: stored.column(name) if name in examples.keys_to_format else examples.data[name] for name in examples
    }
    # `map` keeps what is not returned, as it is stored: a picture that was returned would be encoded again.
    if isinstance(examples, _LAZY_ROW):
        columns = {name: each if name in examples.keys_to_format else [each] for name, each in columns.items()}
        return Batch(columns, 1, lambda added, _: _first(added), labels)
    return Batch(columns, stored.num_rows, lambda added, _: _lists(added), labels)


def _dict(batch: Mapping[str, Any], ids: Any) -> Batch:
    def give(added: Added, _: pa.Schema) -> dict[str, Any]:
        lists = _lists(added)
        arrays = isinstance(ids, np.ndarray)
        return {**batch, **({name: _objects(values) for name, values in lists.items()} if arrays else lists)}

    return Batch(batch, len(ids), give)


def _record_batch(batch: pa.RecordBatch) -> Batch:
    def give(added: Added, schema: pa.Schema) -> pa.RecordBatch:
        arrays = [column.combine_chunks() for column in _table(added, schema).columns]
        fields = pa.schema([*batch.schema, *schema], metadata=batch.schema.metadata)
        return pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=fields)

    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    return Batch(columns, batch.num_rows, give, stored_labels(batch.schema))


def _pandas(frame: Any) -> Batch:
    columns = {name: frame[name] for name in frame.columns}
    return Batch(columns, len(frame), lambda added, _: frame.assign(**_lists(added)))


def _polars(frame: Any) -> Batch:
    def give(added: Added, schema: pa.Schema) -> Any:
        return frame.hstack(sys.modules["polars"].from_arrow(_table(added, schema)))

    return Batch({name: frame.get_column(name) for name in frame.columns}, frame.height, give)


def _is_many(ids: Any) -> bool:
    return isinstance(ids, Sized) and not isinstance(ids, (str, bytes)) and getattr(ids, "ndim", 1) > 0


def _is_from(library: str, name: str, examples: Any) -> bool:
    return library in sys.modules and isinstance(examples, getattr(sys.modules[library], name))


def _lists(added: Added) -> dict[str, list[Any]]:
    return added if isinstance(added, dict) else added.to_pydict()


def _first(added: Added) -> dict[str, Any]:
    return {name: values[0] for name, values in _lists(added).items()}


def _table(added: Added, schema: pa.Schema) -> pa.Table:
    return pa.table(added, schema=schema) if isinstance(added, dict) else added


def _objects(values: list[Any]) -> np.ndarray[Any, Any]:
    """An array of one dimension, whatever the values are."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _values(column: Any) -> Any:
    """A column's values; those of Polars in Arrow, unless they are Python objects."""
    if isinstance(column, list) or not _is_from("polars", "Series", column):
        return column
    return column.to_list() if column.dtype == sys.modules["polars"].Object else column.to_arrow()


def _places(pictures: Any) -> Any:
    """As many nulls as there are pictures in each row: pictures are counted, not looked at."""
    if isinstance(pictures, _ARROW):
        pictures = image_counts(pa.table({"images": pictures})).to_pylist()
        return [None if count is None else [None] * count for count in pictures]
    return [None if _is_missing(each) else [None] * image_count(each) for each in pictures]


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _arrow(values: Any) -> Any:
    """Values as an Arrow column; None if Arrow has no type for them."""
    if isinstance(values, _ARROW):
        return values
    for convert in (pa.array, lambda each: pa.array(_plain(each))):
        try:
            return convert(values)
        except _UNREADABLE:
            continue
    return None


def _python(name: str, values: Any) -> Any:
    """Values in Python; what frames have for a missing one is None."""
    if isinstance(values, list):
        return values
    if isinstance(values, _ARROW):
        return in_python(values, name)
    if _is_from("pandas", "Series", values):
        return values.astype(object).where(values.notna(), None).tolist()
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _named(values: Any, names: Sequence[str] | None) -> Any:
    return values if names is None else [name_of(value, names) for value in values]


def _plain(value: Any) -> Any:
    """Arrays, at every depth, as lists."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
