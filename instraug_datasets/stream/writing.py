"""Prompts beside the data they were made for: plain data sets of the examples and the prompts of one epoch."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, Features, Image, List, Value, concatenate_datasets
from datasets.fingerprint import Hasher

from .augmenter import InstructionAugmenter

__all__ = ["fingerprint", "rows_like", "undecoded", "write"]


def fingerprint(examples: Dataset, augmenter: InstructionAugmenter, *more: Any) -> str:
    """What the prompts depend on, as a text: the examples, the pool, the options and the epoch."""
    return str(Hasher.hash((examples._fingerprint, augmenter, *more)))


def write(examples: Dataset, augmenter: InstructionAugmenter, *, suffix: str = "") -> Dataset:
    """The examples with the columns of a fixed augmenter.

    Only the columns added are written, where the library puts the results of `map`: in memory, or for data in files
    into its cache. The examples stay where they are, byte for byte, pictures too.

    Args:
        suffix: What every id gets at its end.
    """
    added = _added(examples, augmenter, suffix)
    if not len(examples):
        features = Features({**examples.features, **added.features})
        return Dataset.from_dict({name: [] for name in features}, features=features, split=examples.split)
    table, indices = examples._data, examples._indices
    if indices is not None:
        added = _at_places(added, indices.column(0).to_numpy(), table.num_rows)
    others = [name for name in examples.column_names if name not in added.column_names]
    plain = Dataset(table, info=examples.info.copy(), fingerprint=examples._fingerprint).select_columns(others)
    info = examples.info.copy()
    info.features = Features({**plain.features, **added.features})
    joined = concatenate_datasets([plain, added], axis=1)
    return Dataset(
        joined._data,
        info=info,
        split=examples.split,
        indices_table=indices,
        fingerprint=fingerprint(examples, augmenter, suffix),
    )


def rows_like(examples: Dataset, chosen: Dataset) -> Dataset:
    """Those of the examples that are left in what `write` made of them."""
    return Dataset(
        examples._data,
        info=examples.info.copy(),
        split=examples.split,
        indices_table=chosen._indices,
        fingerprint=chosen._fingerprint,
    )


def undecoded(feature: Any) -> Any:
    """The feature with pictures as they are stored."""
    if isinstance(feature, Image):
        return dataclasses.replace(feature, decode=False)
    return List(undecoded(feature.feature), length=feature.length) if isinstance(feature, List) else feature


def _added(examples: Dataset, augmenter: InstructionAugmenter, suffix: str) -> Dataset:
    features = Features(augmenter.added)
    if suffix:
        features[augmenter.id_column] = Value("string")
    if not len(examples):
        return Dataset.from_dict({name: [] for name in features}, features=features)

    def columns(table: pa.Table) -> pa.Table:
        rendered = augmenter.table(table, augmenter.epoch)
        if suffix:
            place = rendered.column_names.index(augmenter.id_column)
            ids = pc.cast(rendered.column(place), pa.string())
            rendered = rendered.set_column(
                place, augmenter.id_column, pc.binary_join_element_wise(ids, pa.scalar(suffix), "")
            )
        return rendered.select(list(features))

    read = examples.select_columns([name for name in examples.column_names if name in augmenter.reads])
    rendered = read.with_format("arrow").map(
        columns,
        batched=True,
        remove_columns=read.column_names,
        features=features,
        new_fingerprint=fingerprint(examples, augmenter, suffix, "added"),
        desc=f"Prompts of epoch {augmenter.epoch}",
    )
    return rendered.with_format(None)


def _at_places(added: Dataset, places: Any, rows: int) -> Dataset:
    """Rows put where the examples are in their table; where no example is chosen, nulls."""
    order = np.full(rows, -1, np.int64)
    order[places] = np.arange(len(places))
    taken = added.data.table.take(pa.array(order, mask=order < 0))
    return Dataset(taken, info=added.info.copy(), fingerprint=added._fingerprint)
