"""Single rows and scattered rows of a plain data set as Python objects.

The library makes a table of one row and converts that, through a formatter that it makes for every row; of several
rows, it converts the pieces of a table that has as many. Here each value of a row is read straight from the column that
holds it, and several rows are put side by side first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features
from datasets.features.features import require_decoding

__all__ = ["StoredRows", "coded_columns", "decode"]


class StoredRows:
    """The rows of a plain data set, in its order.

    Args:
        examples: The data, without any format.
    """

    def __init__(self, examples: Dataset) -> None:
        self._features, self._names = examples.features, examples.column_names
        self._coded = coded_columns(examples.features)
        self._batches = _Batches(examples._data.table)
        self._indices = None if examples._indices is None else _Batches(examples._indices.table)

    def row(self, place: int) -> dict[str, Any]:
        """The row at a place from 0, with its pictures decoded if its features say so."""
        if self._indices is not None:
            (column,), inside = self._indices.find(place)
            place = column[inside].as_py()
        columns, inside = self._batches.find(place)
        row = {name: column[inside].as_py() for name, column in zip(self._names, columns, strict=True)}
        decode(row, self._coded, self._features)
        return row

    def columns(self, places: Sequence[int]) -> dict[str, list[Any]]:
        """The columns of the rows at these places from 0, with their pictures decoded if their features say so."""
        if self._indices is not None:
            places = self._indices.together(places).column(0).to_pylist()
        batch = self._batches.together(places)
        columns = {name: column.to_pylist() for name, column in zip(self._names, batch.columns, strict=True)}
        for name in self._coded:
            columns[name] = self._features.decode_column(columns[name], name)
        return columns

    @staticmethod
    def serve(examples: Dataset) -> bool:
        """Whether values read one by one are what the library makes of them: extension types have ways of their own."""
        schema: pa.Schema = examples._data.table.schema
        return not any(isinstance(field.type, pa.BaseExtensionType) for field in schema)


class _Batches:
    """A table's record batches, found by row."""

    def __init__(self, table: pa.Table) -> None:
        self._batches = table.to_batches()
        self._starts = [0, *accumulate(map(len, self._batches))]
        self._columns: list[list[pa.Array] | None] = [None] * len(self._batches)

    def find(self, place: int) -> tuple[list[pa.Array], int]:
        """The columns of the batch that a row is in, and its place there."""
        number = bisect_right(self._starts, place) - 1
        columns = self._columns[number]
        if columns is None:
            columns = self._columns[number] = self._batches[number].columns
        return columns, place - self._starts[number]

    def together(self, places: Sequence[int]) -> pa.RecordBatch | pa.Table:
        """The rows at these places.

        Copied side by side they are converted several times as fast as row by row, if they fit into one array.
        """
        rows = [self._one_row(place) for place in places]
        try:
            return pa.concat_batches(rows)
        except pa.ArrowException:
            return pa.Table.from_batches(rows)

    def _one_row(self, place: int) -> pa.RecordBatch:
        number = bisect_right(self._starts, place) - 1
        return self._batches[number].slice(place - self._starts[number], 1)


def coded_columns(features: Features | None) -> list[str]:
    """The columns that are decoded when they are read, such as pictures."""
    return [name for name, feature in (features or {}).items() if require_decoding(feature)]


def decode(
    example: dict[str, Any],
    coded: list[str],
    features: Any,
    *,
    token_per_repo_id: Mapping[str, str | bool | None] | None = None,
) -> None:
    """Decode columns of one example, in place; one by one, since the pictures of many rows would fill the memory."""
    for name in coded:
        (example[name],) = features.decode_column([example[name]], name, token_per_repo_id=token_per_repo_id)
