"""`bake`: several epochs of augmented data written down, one after the other."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from datasets import Dataset, DatasetDict, Features, IterableDataset, IterableDatasetDict, Value, concatenate_datasets

from ..errors import SettingError
from .augmenter import InstructionAugmenter
from .map_style import AugmentedDataset
from .nodes import nodes
from .settings import check_epoch
from .stored_pictures import with_stored_pictures

__all__ = ["bake"]


def bake(data: Any, *, epochs: int | Iterable[int] | None = None) -> Dataset | DatasetDict:
    """Write down the prompts of augmented data, for tools that cannot augment while they read.

    Args:
        data: What `augment` made, or what was made from that. What is fixed at an epoch is written in that epoch, once.
        epochs: How many epochs to write, from epoch 0, or which. Every id gets `#` and its epoch at the end, so that
            ids stay unique. By default the epoch shown is written, and ids stay as they are.

    Returns:
        A plain `Dataset` with the epochs one after the other, or a `DatasetDict` of them. Map-style examples are not
        written again, and their pictures not decoded: only the prompts take space. A stream is read once per epoch into
        the cache of `datasets`, its pictures byte for byte, unless a `map` has decoded them.

    Raises:
        SettingError: The data are not augmented, a stream does not know its columns, or an epoch is no whole number.

    Example:
        >>> bake(augment(data, "multiinstruct"), epochs=3).push_to_hub("user/three-wordings")
    """
    if isinstance(data, (DatasetDict, IterableDatasetDict)):
        return DatasetDict({split: bake(each, epochs=epochs) for split, each in data.items()})
    chosen = _chosen(epochs)
    if isinstance(data, AugmentedDataset):
        return _baked(data, (data.epoch,) if data.augmenter.fixed and chosen else chosen)
    augmenters = _augmenters(data) if isinstance(data, IterableDataset) else []
    if not augmenters:
        raise SettingError(f"bake() takes what augment() made, but got {type(data).__name__}.")
    fixed = all(each.fixed for each in augmenters)
    return _baked_stream(data, (augmenters[0].epoch,) if fixed and chosen else chosen, augmenters)


def _chosen(epochs: int | Iterable[int] | None) -> tuple[int, ...]:
    if epochs is None:
        return ()
    chosen = tuple(map(check_epoch, epochs if isinstance(epochs, Iterable) else range(check_epoch(epochs))))
    if not chosen or len(set(chosen)) < len(chosen):
        raise SettingError(f"epochs must be a positive number, or different epochs from 0, but is {epochs!r}.")
    return chosen


def _baked(data: AugmentedDataset, epochs: tuple[int, ...]) -> Dataset:
    data = data.with_format(None)
    if not epochs:
        return data._written()
    return concatenate_datasets([data._written(epoch, suffix=f"#{epoch}") for epoch in epochs])


def _baked_stream(stream: Any, epochs: tuple[int, ...], augmenters: list[InstructionAugmenter]) -> Dataset:
    if stream.features is None:
        raise SettingError("The stream does not know its columns; bake(stream.cast(features)) tells it.")
    ids = {each.id_column for each in augmenters} if epochs else set()
    features = Features({name: Value("string") if name in ids else each for name, each in stream.features.items()})
    written = with_stored_pictures(stream)
    try:
        return Dataset.from_generator(
            _rows,
            features=features,
            gen_kwargs={"stream": written, "epochs": epochs or (stream.epoch,), "ids": tuple(sorted(ids))},
            # What a stream reads may have changed since it was last written: it is always read.
            fingerprint=uuid.uuid4().hex,
        )
    except ValueError:
        # The library writes no data set without rows.
        if next(iter(written), None) is not None:
            raise
        return Dataset.from_dict({name: [] for name in features}, features=features)


def _rows(stream: Any, epochs: tuple[int, ...], ids: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for epoch in epochs:
        stream.set_epoch(epoch)
        for row in stream:
            yield {name: f"{value}#{epoch}" if name in ids else value for name, value in row.items()}


def _augmenters(stream: Any) -> list[InstructionAugmenter]:
    """Of every node of the stream that has one."""
    return [node.augmenter for node in nodes(stream._ex_iterable) if hasattr(node, "augmenter")]
