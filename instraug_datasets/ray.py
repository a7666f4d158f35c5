"""Ray Data: Parquet files with or without prompts, read and augmented on every machine of a cluster.

`ray.data.from_huggingface` converts a data set on one machine, reads a stream's files anew without what was put on it,
and asks the Hub even about local streams. These functions give Ray the files instead, and augment its Arrow blocks.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Features, load_dataset_builder
from huggingface_hub import HfFileSystem

from .errors import DependencyError, SettingError, UnknownNameError
from .pool import InstructionPool
from .published_pools import with_recipes
from .stream import InstructionAugmenter
from .stream.settings import check_epoch

try:
    import ray.data
except ImportError as error:
    raise DependencyError("Ray Data requires ray: pip install 'instraug-datasets[ray]'.") from error

__all__ = ["augment", "read"]

_HUB = "hf://"


def read(
    path: str | Path,
    name: str | None = None,
    *,
    split: str = "train",
    columns: Sequence[str] | None = None,
    revision: str | None = None,
    **options: Any,
) -> ray.data.Dataset:
    """Read the Parquet files of a split, where they are, as a Ray data set.

    Pictures stay as they are stored: structs with `bytes` and `path`, which Ray does not decode. The machines of the
    cluster read the files themselves: local ones must be on a file system that all share, and for private
    repositories `HF_TOKEN` must be set on each.

    Args:
        path: A folder that `instraug build` wrote, the id of a repository on the Hub, or another folder of Parquet
            files that `datasets.load_dataset` reads.
        name: A task or config; None for all tasks of a folder, and for the default config of a repository.
        columns: The columns to read; None for all.
        revision: The branch, tag or commit of a repository.
        **options: Passed to `ray.data.read_parquet`.

    Raises:
        UnknownNameError: Raised if there is no such split.
        SettingError: Raised if the files are not Parquet files.

    Example:
        >>> read("out", "nlvr", columns=["unique_id", "task", "question", "options", "target"])
    """
    folder = Path(path) / (name or "")
    if name is not None and folder.is_dir():
        path, name = folder, None
    splits = load_dataset_builder(str(path), name, revision=revision).config.data_files or {}
    if split not in splits:
        raise UnknownNameError("split", split, map(str, splits), hint=f"It is to be read from {path}.")
    files = list(splits[split])
    if not all(file.endswith(".parquet") for file in files):
        raise SettingError(f"Ray reads Parquet files, but the split {split!r} of {path} has {files[0]!r}.")
    # Without a partitioning, `=` in the name of a folder adds no column.
    options = {"partitioning": None, "columns": None if columns is None else list(columns), **options}
    if files[0].startswith(_HUB):
        options = {"filesystem": HfFileSystem(), **options}
    return ray.data.read_parquet(files, **options)


@with_recipes
def augment(
    dataset: ray.data.Dataset,
    pool: InstructionPool | str,
    *,
    epoch: int,
    features: Features | None = None,
    **options: Any,
) -> ray.data.Dataset:
    """Add the prompts of one epoch to a Ray data set: those that `instraug_datasets.augment` gives the same examples.

    They do not depend on blocks, order or machines. Every other column passes untouched. Blocks are augmented as Arrow
    tables, without a copy of their pictures. A training loop augments once per epoch, which only plans the work:

        for epoch in range(3):
            for batch in augment(examples, "multiinstruct", epoch=epoch).iter_torch_batches(): ...

    Args:
        dataset: Examples with the columns of `records.FEATURES`, or those that the instructions of their tasks need.
        pool: As for `instraug_datasets.augment`: a published repository also gives the options that are left out.
        epoch: The epoch to render. Ray copies functions to other processes, where no `set_epoch` reaches them.
        features: The types of the columns, for the names of `ClassLabel` columns; None for those in the schema, which
            Ray forgets in the first `map`.
        **options: See `stream.Settings`.

    Raises:
        ExampleError: Raised if a column to add is there already.
        SettingError: Raised if an option, or the kind of data, is not one of those that are expected.
        UnknownNameError, PoolError: Raised as by `InstructionAugmenter`.

    Example:
        >>> augment(read("out", "nlvr"), "multiinstruct", epoch=0, seed=42).write_parquet("prompts")
    """
    if not isinstance(dataset, ray.data.Dataset):
        raise SettingError(
            "Expected a ray.data.Dataset, as instraug_datasets.ray.read() returns it, but got "
            f"{type(dataset).__name__}."
        )
    augmenter = InstructionAugmenter(pool, **options)
    schema = _arrow_schema(dataset)
    if schema is not None:
        augmenter.check_columns(schema.names)
    augmenter.read_labels(features if features is not None or schema is None else _stored_features(schema))
    return dataset.map_batches(
        _AugmentBlock(pickle.dumps(augmenter), check_epoch(epoch)),
        batch_format="pyarrow",
        batch_size=None,
        udf_modifying_row_count=False,
    )


def _arrow_schema(dataset: ray.data.Dataset) -> pa.Schema | None:
    """The schema where it is known without reading examples."""
    schema = dataset.schema(fetch_if_missing=False)
    found = None if schema is None else schema.base_schema
    return found if isinstance(found, pa.Schema) else None


def _stored_features(schema: pa.Schema) -> Features | None:
    """The features that `datasets` wrote into the schema."""
    return Features.from_arrow_schema(schema) if b"huggingface" in (schema.metadata or {}) else None


@dataclass(frozen=True, slots=True)
class _AugmentBlock:
    """Augments a block in a process of Ray, which loads a function again for every task.

    Attributes:
        pickled: The augmenter: loading one compiles its pool, which takes longer than to augment a block.
    """

    pickled: bytes
    epoch: int

    def __call__(self, block: pa.Table) -> pa.Table:
        return _loaded(self.pickled).table(block, self.epoch)


@lru_cache(maxsize=4)
def _loaded(pickled: bytes) -> InstructionAugmenter:
    augmenter: InstructionAugmenter = pickle.loads(pickled)
    return augmenter
