"""The names of `ClassLabel` columns, which hold integers; prompts show the names."""

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
"""The names of each `ClassLabel` column; the name of label i is at position i."""

_NO_LABEL = -1
"""The value that `datasets` uses for an example without a label."""


def label_names(features: Features | None) -> dict[str, tuple[str, ...]]:
    """Return the names of every `ClassLabel` column."""
    return {name: tuple(each.names) for name, each in (features or {}).items() if isinstance(each, ClassLabel)}


def stored_labels(schema: pa.Schema) -> Labels:
    """Return the names of `ClassLabel` columns from the metadata that `datasets` writes into the schema."""
    if not any(pa.types.is_integer(kind) for kind in schema.types):
        return {}
    return _read_labels((schema.metadata or {}).get(b"huggingface", b"{}"))


def with_names(table: pa.Table, labels: Labels) -> pa.Table:
    """Replace labels by their names, which are given or in the table's metadata.

    Raises:
        ExampleError: Raised if a label has no name.
    """
    labels = {**stored_labels(table.schema), **labels}
    for i, name in enumerate(table.column_names):
        if name in labels:
            table = table.set_column(i, name, named_column(name, table.column(i), labels))
    return table


def named_column(name: str, column: Any, labels: Labels) -> Any:
    """Replace the labels of an integer column by their names; other columns are returned unchanged.

    Raises:
        ExampleError: Raised if a label has no name.
    """
    if name not in labels or not pa.types.is_integer(column.type):
        return column
    for bound in pc.min_max(column).values():
        name_of(name, bound.as_py(), labels)
    names = pa.array([*labels[name], None], pa.string())
    return names.take(pc.if_else(pc.less(column, 0), len(names) - 1, column))


def name_of(name: str, value: Any, labels: Labels) -> Any:
    """Return the name of an integer label, or None for no label; other values are returned unchanged.

    Raises:
        ExampleError: Raised if the label has no name.
    """
    if not isinstance(value, Integral):
        return value
    label, names = int(value), labels[name]
    if not _NO_LABEL <= label < len(names):
        raise ExampleError(
            f"The column {name!r} holds the label {label}, but its labels are 0 to {len(names) - 1}, or -1 for none."
        )
    return None if label == _NO_LABEL else names[label]


@lru_cache(maxsize=16)
def _read_labels(metadata: bytes) -> Labels:
    features = json.loads(metadata).get("info", {}).get("features") or {}
    classes = {name: each for name, each in features.items() if isinstance(each, dict) and "names" in each}
    return {name: tuple(each["names"]) for name, each in classes.items() if each.get("_type") == "ClassLabel"}
