"""The names of `ClassLabel` columns, whose data are numbers: an instruction shows the name, never the number."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from numbers import Integral
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Features

from ..errors import ExampleError

__all__ = ["Labels", "label_names", "name_of", "named_column", "stored_labels", "with_names"]

Labels: TypeAlias = Mapping[str, Sequence[str]]
"""By column, the names that its numbers stand for, in order from 0."""

_NO_LABEL = -1
"""What `datasets` writes for an example without a label."""


def label_names(features: Features | None) -> dict[str, tuple[str, ...]]:
    """The names of every column that is a `ClassLabel`."""
    return {name: tuple(each.names) for name, each in (features or {}).items() if isinstance(each, ClassLabel)}


def stored_labels(schema: pa.Schema) -> Labels:
    """The names that a table of `datasets` carries in its metadata."""
    if not any(pa.types.is_integer(kind) for kind in schema.types):
        return {}
    return _read_labels((schema.metadata or {}).get(b"huggingface", b"{}"))


def with_names(table: pa.Table, labels: Labels) -> pa.Table:
    """The table with names in place of numbers, by these labels and those in its metadata."""
    labels = {**stored_labels(table.schema), **labels}
    for i, name in enumerate(table.column_names):
        if name in labels and pa.types.is_integer(table.column(i).type):
            table = table.set_column(i, name, named_column(table.column(i), labels[name]))
    return table


def named_column(column: Any, names: Sequence[str] | None) -> Any:
    """A column of whole numbers as their names; any other column as it is.

    Raises:
        ExampleError: Raised if a number has no name.
    """
    if names is None or not pa.types.is_integer(column.type):
        return column
    bounds = pc.min_max(column)
    name_of(bounds["min"].as_py(), names), name_of(bounds["max"].as_py(), names)
    return pa.array([*names, None], pa.string()).take(pc.if_else(pc.less(column, 0), len(names), column))


def name_of(value: Any, names: Sequence[str] | None) -> Any:
    """The name that a whole number stands for, None for no label; any other value as it is.

    Raises:
        ExampleError: Raised if the number has no name.
    """
    if names is None or not isinstance(value, Integral):
        return value
    number = int(value)
    if not _NO_LABEL <= number < len(names):
        raise ExampleError(f"A label must be between 0 and {len(names) - 1}, or -1 for none, but got {number}.")
    return None if number == _NO_LABEL else names[number]


@lru_cache(maxsize=16)
def _read_labels(metadata: bytes) -> Labels:
    features = json.loads(metadata).get("info", {}).get("features") or {}
    classes = {name: each for name, each in features.items() if isinstance(each, dict) and "names" in each}
    return {name: tuple(each["names"]) for name, each in classes.items() if each.get("_type") == "ClassLabel"}
