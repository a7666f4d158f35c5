"""The methods of `datasets.Dataset` that an augmented data set has by a rule, each named once with the rule."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from datasets import Dataset

from ..errors import UnsupportedError

__all__ = ["BEFORE", "PLAIN", "REFUSED", "ROWS", "WRITTEN", "by_rule"]

ROWS = ("flatten_indices", "repeat", "select", "shard", "shuffle", "skip", "take")
"""Methods of `Dataset` that choose rows: they choose examples, which keep being augmented."""

WRITTEN = (
    "_push_parquet_shards_to_hub",  # what DatasetDict.push_to_hub calls on every split
    "map",
    "push_to_hub",
    "save_to_disk",
    "to_csv",
    "to_dict",
    "to_json",
    "to_list",
    "to_pandas",
    "to_parquet",
    "to_polars",
    "to_sql",
)
"""Methods that write: they write the prompts of the epoch shown, and what they return is a plain `Dataset`."""

PLAIN = ("from_buffer", "from_dict", "from_file", "from_list", "from_pandas", "from_polars")
"""Class methods that make a data set: they make a plain one."""

BEFORE = "do it before augment(), or to what bake() writes"
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "add_elasticsearch_index": f"an index of prompts would be one of a single epoch: {BEFORE}",
        "add_faiss_index": f"an index of prompts would be one of a single epoch: {BEFORE}",
        "add_faiss_index_from_external_arrays": f"an index would be lost with the next method: {BEFORE}",
        "load_elasticsearch_index": f"an index would be lost with the next method: {BEFORE}",
        "load_faiss_index": f"an index would be lost with the next method: {BEFORE}",
        "add_item": f"ids are checked when the data are augmented: {BEFORE}",
        "batch": "rows of batches have no id of their own: take batches from iter(batch_size) or a DataLoader, or "
        "bake(data).batch(...)",
        "flatten": f"instructions need the columns as they are: {BEFORE}",
        "to_tf_dataset": "its prompts would stay those of one epoch: bake(data, epochs=...).to_tf_dataset(...)",
    }
)
"""Methods that cannot keep the promise of `augment`, and what to do instead."""


def by_rule(kind: Any) -> Any:
    """Give a class of augmented data sets all of these methods."""
    for names, made in ((ROWS, _choosing_rows), (WRITTEN, _writing), (REFUSED, _refusing), (PLAIN, _plain)):
        for name in names:
            # Not every supported version of the library has every method.
            if hasattr(Dataset, name):
                setattr(kind, name, made(name))
    return kind


def _choosing_rows(name: str) -> Callable[..., Any]:
    @functools.wraps(getattr(Dataset, name))
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._with(getattr(self._examples, name)(*args, **kwargs))

    return method


def _writing(name: str) -> Callable[..., Any]:
    @functools.wraps(getattr(Dataset, name))
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._written(), name)(*args, **kwargs)

    return method


def _plain(name: str) -> Callable[..., Any]:
    # Bound to the class of plain data sets.
    method: Callable[..., Any] = getattr(Dataset, name)
    return method


def _refusing(name: str) -> Callable[..., Any]:
    @functools.wraps(getattr(Dataset, name))
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(f"{name}() is not for augmented data: {REFUSED[name]}.")

    return method
