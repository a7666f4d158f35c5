"""Pictures that were published as references, filled in from the reader's own copy of the source."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict

from ..errors import ExampleError, SettingError
from ..stream import AugmentedDataset

__all__ = ["attach_images"]

Data = TypeVar("Data", Dataset, IterableDataset, DatasetDict, IterableDatasetDict)

_BUILDERS = "instraug_datasets.builders"
_NEEDED = ("source", "images", "meta")


def attach_images(dataset: Data, *, data_dir: str | Path) -> Data:
    """Fill in the pictures that a published data set only names, from the raw files of their sources.

    Nothing is copied: `images` gets the address of each picture, which is read when the picture is decoded. Frames of
    videos, and pictures that a build would turn upright, come as bytes. Examples that have their pictures stay as they
    are. Attach before you augment.

    Args:
        dataset: A published data set, or a dict of them; the columns `source`, `images` and `meta` are needed.
        data_dir: The folder or URL with the raw files, as for `load_dataset`.

    Returns:
        The same kind of object. A stream is filled in as it is read; a map-style data set in one pass.

    Raises:
        ExampleError: If a column is missing, or an example does not name its pictures.
        PictureError: If the data dir lacks a picture; raised when its example is read.
        SettingError: If a map-style data set is augmented or has another transform.

    Example:
        >>> ds = attach_images(load_dataset("instraug/multiinstruct", "ITM", split="train"), data_dir="raw_datasets")
    """
    if isinstance(dataset, (DatasetDict, IterableDatasetDict)):
        return type(dataset)({name: attach_images(each, data_dir=data_dir) for name, each in dataset.items()})
    if isinstance(dataset, AugmentedDataset) or (isinstance(dataset, Dataset) and dataset.format["type"] == "custom"):
        # What is mapped is written, and would hold the prompts of one epoch for good.
        raise SettingError(
            "The data set is augmented or has another transform; attach its pictures first: "
            "augment(attach_images(ds, data_dir=...), pool)."
        )
    known = dataset.column_names or _NEEDED
    for name in _NEEDED:
        if name not in known:
            raise ExampleError(f"The data set has no column {name!r}, which says where its pictures are: {known}.")
    attacher = _Attacher(str(data_dir))
    # As Arrow tables: a function that is given examples would decode and encode every picture.
    filled = dataset.with_format("arrow").map(attacher, batched=True, features=dataset.features)
    return filled.with_format(None)


@dataclass(frozen=True, slots=True)
class _Attacher:
    """The function that fills in a table; holds the data dir only, so that it can be sent to workers."""

    data_dir: str

    def __call__(self, table: pa.Table) -> pa.Table:
        place = table.column_names.index("images")
        kind = table.schema.field("images").type
        images, metas = table.column("images").to_pylist(), table.column("meta").to_pylist()
        sources = table.column("source").to_pylist()
        find: Callable[..., list[dict[str, Any]]] = importlib.import_module(_BUILDERS).find_pictures
        filled = [
            row if row is None or None not in row else self._find(find, source, row, meta)
            for source, row, meta in zip(sources, images, metas, strict=True)
        ]
        return table.set_column(place, "images", pa.array(filled, kind))

    def _find(
        self, find: Callable[..., list[dict[str, Any]]], source: str, row: list[Any], meta: str | None
    ) -> list[dict[str, Any]]:
        known: Mapping[str, Any] = json.loads(meta or "{}")
        names = [each["file_name"] for each in known.get("pictures", ())]
        if len(names) != len(row):
            raise ExampleError(
                f"An example of {source!r} lacks {len(row)} pictures and names {len(names)} in `meta`; "
                "it was not published by this package, or its `meta` was changed."
            )
        return find(source, names, data_dir=self.data_dir, meta=known)
