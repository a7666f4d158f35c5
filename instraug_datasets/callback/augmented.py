"""Finds what is augmented inside training data: in lists, wrappers and streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datasets import IterableDataset

from ..errors import SettingError
from ..stream import InstructionAugmenter, augmenter_of
from ..stream.nodes import nodes

__all__ = ["augmented", "augmenters", "told_by_callback"]

_INSIDE = ("dataset", "datasets")
"""What wrappers call the data inside: `Subset`, `ConcatDataset`, `ChainDataset` and loaders of torch, and many more."""


def told_by_callback(loader: Any) -> list[Any]:
    """What has to be told the epoch; nothing where the training loop tells it.

    Raises:
        SettingError: Nothing is augmented.
    """
    data, seen = loader.dataset, dict[int, Any]()
    # The wrapper that accelerate puts round the part of a process hands the epoch on to what is directly inside.
    told = data.dataset if hasattr(data, "set_epoch") and hasattr(data, "dataset") else data
    if isinstance(told, IterableDataset):
        return []
    found = list(augmented(data, seen))
    if not found:
        looked = ", ".join(dict.fromkeys(type(each).__name__ for each in seen.values()))
        raise SettingError(
            f"EpochCallback found no augmented data in the training data; it looked into {looked}. Give it the "
            "augmenter, EpochCallback(data.augmenter), or give the wrapper an attribute `dataset`. Data that are not "
            "augmented need no callback."
        )
    return found


def augmented(data: Any, seen: dict[int, Any]) -> Iterator[Any]:
    """Augmenters and streams in data, lists of data and wrappers of either."""
    if id(data) in seen:
        return
    seen[id(data)] = data
    if isinstance(data, IterableDataset):
        yield data
        return
    try:
        yield augmenter_of(data)
    except SettingError:
        for each in _parts(data):
            yield from augmented(each, seen)


def augmenters(data: Any) -> list[InstructionAugmenter]:
    """The augmenters of all map-style data and streams inside, each once."""
    return list({id(each): each for found in augmented(data, {}) for each in _augmenters_of(found)}.values())


def _augmenters_of(found: Any) -> Iterator[InstructionAugmenter]:
    if not isinstance(found, IterableDataset):
        yield found
        return
    for node in nodes(found._ex_iterable):
        if hasattr(node, "augmenter"):
            yield node.augmenter


def _parts(data: Any) -> list[Any]:
    if isinstance(data, Mapping):
        return list(data.values())
    if isinstance(data, (list, tuple)):
        return list(data)
    return [getattr(data, name) for name in _INSIDE if getattr(data, name, None) is not None]
