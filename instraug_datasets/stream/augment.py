"""`augment`: the augmenter put inside a data set, so that training loops drive it."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar, cast

import pyarrow.compute as pc
from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict
from typing_extensions import Unpack

from ..errors import ExampleError, SettingError, UnknownNameError
from ..pool import InstructionPool
from .augmenter import InstructionAugmenter
from .iterable import augment_iterable
from .layouts import id_values
from .map_style import AugmentedDataset
from .settings import AugmenterOptions, check_mapped, shows_options

__all__ = ["augment", "augmenter_of"]

Data = TypeVar("Data", Dataset, IterableDataset, DatasetDict, IterableDatasetDict)


@shows_options
def augment(
    dataset: Data,
    pool: InstructionPool | str,
    *,
    follow: Collection[str] | None = None,
    length: int | Sequence[int] | None = None,
    **options: Unpack[AugmenterOptions],
) -> Data:
    """Show every example under a fresh wording in every epoch, without writing anything to disk.

    Adds `prompt` and `instruction_id` (and `messages`) to each example when it is read; all other columns pass
    untouched, pictures undecoded. An iterable data set takes the epoch from `set_epoch` on whatever data set is
    outermost, which training loops call by themselves; a map-style one has `set_epoch` itself, see `AugmentedDataset`.

    A single data set follows `set_epoch`, unless `epoch` fixes it. Of a dict, each split has an augmenter of its own:
    `train` follows, and every other split is fixed at epoch 0, so that all evaluations see the same wordings.

    Args:
        dataset: Examples with the columns of `records.FEATURES`, or those that the instructions of their tasks need.
        pool: An `InstructionPool`, the name of a bundled one, a path, an fsspec URL or a Hub id (`you/data`, or
            `you/data@revision`). A repository that `instraug publish` wrote also gives the options that are left out.
        follow: The splits of a dict that follow `set_epoch`; by default `train`, if there is one.
        length: The number of examples of a stream, or of each of its shards, where it does not follow from what the
            stream is made of or from its split's info; with it, `len()` and whole epochs work.
        options: See `Settings`.

    Returns:
        The same kind of object as `dataset`.

    Raises:
        ExampleError: A column to add is there already; in a map-style data set, ids are missing, null or not unique.
        SettingError: A map-style data set has a format or transform, or is augmented already; `follow` is given for a
            single data set, or together with `epoch`.
        UnknownNameError, PoolError: As `InstructionAugmenter`; a split to follow is unknown, or the data (of a dict,
            every split) lack a column that `columns` names.
        DependencyError: The installed `datasets` is not supported.

    Example:
        >>> splits = augment(load_dataset("instraug/multiinstruct", "image_caption"), "multiinstruct", seed=42)
        >>> Trainer(..., train_dataset=splits["train"], eval_dataset=splits["validation"], callbacks=[EpochCallback()])
    """
    augmenter = InstructionAugmenter(pool, **options)
    _check_mapped(dataset, augmenter.settings.columns)
    if not isinstance(dataset, (DatasetDict, IterableDatasetDict)):
        if follow is not None:
            raise SettingError("follow= names splits of a dict; a single data set is fixed with epoch=.")
        return cast(Data, _augmented(dataset, augmenter, length))
    if length is not None:
        raise SettingError(f"length= is for a single stream, but the data are a {type(dataset).__name__}.")
    followers = _followers(tuple(dataset), follow, fixed=augmenter.fixed)
    return type(dataset)(
        {
            split: _augmented(each, augmenter.follower() if split in followers else augmenter.at_epoch(augmenter.epoch))
            for split, each in dataset.items()
        }
    )


def augmenter_of(dataset: Any) -> InstructionAugmenter:
    """The augmenter of a map-style data set: `dataset.augmenter`, or a transform put on by hand.

    Raises:
        SettingError: There is none.
    """
    if isinstance(dataset, AugmentedDataset):
        return dataset.augmenter
    transform = dataset.format["format_kwargs"].get("transform") if isinstance(dataset, Dataset) else None
    if not isinstance(transform, InstructionAugmenter):
        raise SettingError(f"Expected a map-style data set that augment() made, but got {type(dataset).__name__}.")
    return transform


def _followers(splits: tuple[Any, ...], follow: Collection[str] | None, *, fixed: bool) -> Collection[str]:
    """The splits that follow `set_epoch`."""
    if follow is None:
        left_out = [split for split in splits if str(split).startswith("train")]
        if not fixed and left_out and "train" not in splits:
            warnings.warn(
                f"No split is called 'train', so that all stay at epoch 0, {left_out[0]!r} too. To give it fresh "
                f"wordings pass follow=({left_out[0]!r},), or follow=() if no split is meant to have them.",
                UserWarning,
                stacklevel=3,
            )
        return () if fixed else ("train",)
    follow = (follow,) if isinstance(follow, str) else follow
    if fixed and follow:
        raise SettingError("epoch= fixes every split at one epoch, while follow= names splits that are not: give one.")
    for split in follow:
        if split not in splits:
            raise UnknownNameError("split", split, map(str, splits), hint="It stands in `follow`.")
    return follow


def _check_mapped(dataset: Any, columns: Mapping[str, str] | None) -> None:
    splits = dataset.values() if isinstance(dataset, (DatasetDict, IterableDatasetDict)) else [dataset]
    features = [getattr(each, "features", None) for each in splits]
    if all(each is not None for each in features):
        check_mapped(columns or {}, {name for each in features for name in each or ()})


def _augmented(dataset: Any, augmenter: InstructionAugmenter, length: int | Sequence[int] | None = None) -> Any:
    if length is not None and not isinstance(dataset, IterableDataset):
        raise SettingError(f"length= is for a stream, but the data are a {type(dataset).__name__}.")
    if isinstance(dataset, (Dataset, IterableDataset)):
        augmenter.read_labels(dataset.features)
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
    if isinstance(dataset, AugmentedDataset):
        raise SettingError(
            "The data set is augmented already. For a second wording beside the first, augment what bake() writes, or "
            "a stream of the first: dataset.to_iterable_dataset()."
        )
    if dataset.format["type"] is not None:
        raise SettingError(
            f"The data set has the format {dataset.format['type']!r}, which hides what instructions need: "
            "augment dataset.with_format(None), and give the format to the augmented data."
        )
    _check_ids(dataset, augmenter.id_column)
    return AugmentedDataset(dataset, augmenter)


def _check_ids(dataset: Dataset, name: str) -> None:
    if name not in dataset.column_names:
        raise ExampleError(
            f"The data set has no column {name!r}, which every example needs: its instruction depends on its id. "
            f"columns={{'unique_id': ...}} names another column; this data set has {dataset.column_names}."
        )
    stored = dataset.select_columns([name]).with_format("arrow")[:].column(name)
    ids = id_values(stored)
    if ids is None:
        raise ExampleError(f"The column {name!r} must hold text or whole numbers as ids, but holds {stored.type}.")
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
