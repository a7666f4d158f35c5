"""`augment`: the augmenter put inside a data set, so that training loops drive it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict
from typing_extensions import Unpack

from ..errors import ExampleError, SettingError
from ..pool import InstructionPool
from .augmenter import InstructionAugmenter
from .fields import is_text
from .iterable import augment_iterable
from .settings import AugmenterOptions, shows_options

__all__ = ["AugmentedDataset", "augment", "augmenter_of"]

Data = TypeVar("Data", Dataset, IterableDataset, DatasetDict, IterableDatasetDict)


class AugmentedDataset(Dataset):
    """A map-style data set whose rows carry the prompts of the current epoch.

    What `select`, `shuffle`, `shard` and the like make from it keeps giving prompts of the same epoch: call `set_epoch`
    on any of this class, on the augmenter, or let `EpochCallback` do it.
    """

    @property
    def epoch(self) -> int:
        """The epoch whose prompts its rows carry."""
        return augmenter_of(self).epoch

    def set_epoch(self, epoch: int) -> None:
        """Give the prompts of this epoch from now on, in `DataLoader` workers too."""
        augmenter_of(self).set_epoch(epoch)


@shows_options
def augment(
    dataset: Data,
    pool: InstructionPool | str,
    *,
    length: int | Sequence[int] | None = None,
    **options: Unpack[AugmenterOptions],
) -> Data:
    """Show every example under a fresh wording in every epoch, without writing anything to disk.

    Adds `prompt` and `instruction_id` (and `messages`) to each example when it is read; all other columns pass
    untouched, pictures undecoded. An iterable data set takes the epoch from `set_epoch` on whatever data set is
    outermost, which training loops call by themselves; a map-style one has `set_epoch` itself, see `AugmentedDataset`.

    Args:
        dataset: Examples with the columns of `records.FEATURES`, or those that the instructions of their tasks need.
        pool: An `InstructionPool`, the name of a bundled one, a path, an fsspec URL or a Hub id.
        length: The number of examples of a stream, or of each of its shards, where it does not follow from what the
            stream is made of or from its split's info; with it, `len()` and whole epochs work.
        options: See `Settings`.

    Returns:
        The same kind of object as `dataset`.

    Raises:
        ExampleError: A column to add is there already; in a map-style data set, ids are missing, null or not unique.
        SettingError: A map-style data set has a format or transform, which the augmenting one would replace.
        UnknownNameError, PoolError: As `InstructionAugmenter`.
        DependencyError: The installed `datasets` is not supported.
    """
    return cast(Data, _augmented(dataset, InstructionAugmenter(pool, **options), length))


def augmenter_of(dataset: Any) -> InstructionAugmenter:
    """The augmenter of a map-style data set that was augmented, or made from one that was.

    Raises:
        SettingError: There is none.
    """
    transform = dataset.format["format_kwargs"].get("transform") if isinstance(dataset, Dataset) else None
    if not isinstance(transform, InstructionAugmenter):
        raise SettingError(f"Expected a map-style data set that augment() made, but got {type(dataset).__name__}.")
    return transform


def _augmented(dataset: Any, augmenter: InstructionAugmenter, length: Any = None) -> Any:
    if length is not None and not isinstance(dataset, IterableDataset):
        raise SettingError(f"length= is for a single stream, but the data are a {type(dataset).__name__}.")
    if isinstance(dataset, (DatasetDict, IterableDatasetDict)):
        return type(dataset)({split: _augmented(each, augmenter) for split, each in dataset.items()})
    if isinstance(dataset, IterableDataset):
        return augment_iterable(dataset, augmenter, length=length)
    if isinstance(dataset, Dataset):
        return _augment_map_style(dataset, augmenter)
    raise SettingError(
        f"augment() takes a Dataset, an IterableDataset or a dict of them, but got {type(dataset).__name__}. "
        "For other kinds of data call an InstructionAugmenter on batches."
    )


def _augment_map_style(dataset: Dataset, augmenter: InstructionAugmenter) -> AugmentedDataset:
    augmenter.check_columns(dataset.column_names)
    if dataset.format["type"] is not None:
        raise SettingError(
            f"The data set has the format {dataset.format['type']!r}, which augmenting would replace: augment first "
            "and convert in the collator, or pass dataset.with_format(None)."
        )
    _check_ids(dataset, augmenter.id_column)
    augmenter.watch_epochs(len(dataset))
    view = dataset.with_transform(augmenter)
    view.__class__ = AugmentedDataset
    return cast(AugmentedDataset, view)


def _check_ids(dataset: Dataset, name: str) -> None:
    if name not in dataset.column_names:
        raise ExampleError(
            f"The data set has no column {name!r}, which every example needs: its instruction depends on its id. "
            f"columns={{'unique_id': ...}} names another column; this data set has {dataset.column_names}."
        )
    ids = dataset.select_columns([name]).with_format("arrow")[:].column(name)
    if not (is_text(ids.type) or pa.types.is_integer(ids.type)):
        raise ExampleError(f"The column {name!r} must hold text or whole numbers as ids, but holds {ids.type}.")
    if ids.null_count:
        raise ExampleError(
            f"The id of row {pc.index(ids.is_null(), True).as_py()} is null; every example needs its own."
        )
    if pc.count_distinct(ids).as_py() < len(ids):
        counts = pc.value_counts(ids)
        twice = next(each for each in counts if each["counts"].as_py() > 1)
        raise ExampleError(
            f"The id {twice['values'].as_py()!r} stands {twice['counts'].as_py()} times in the column {name!r}; "
            "ids must be unique, since examples with the same id always get the same instruction."
        )
