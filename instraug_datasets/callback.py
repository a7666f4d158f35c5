"""A `transformers.TrainerCallback` that brings the epoch to map-style data, and to streams inside wrappers.

A stream that is itself the training data needs no callback: the training loop's own `set_epoch` is enough.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from datasets import IterableDataset

from .errors import DependencyError, SettingError
from .stream import InstructionAugmenter, augmenter_of

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise DependencyError(
        "EpochCallback needs transformers, which is not installed: pip install 'instraug-datasets[train]'."
    ) from error

__all__ = ["EpochCallback"]

_INSIDE = ("dataset", "datasets")
"""What wrappers call the data inside: `Subset`, `ConcatDataset`, `ChainDataset` and loaders of torch, and many more."""


class EpochCallback(TrainerCallback):
    """Sets the epoch of augmented training data at the start of each epoch of a `transformers.Trainer`.

    `accelerate` does not pass epochs on to a map-style data set that is trained on by two or more processes, nor to
    workers that persist, nor to what is inside a wrapper; this does. It looks into lists, and into the attributes
    `dataset` and `datasets` of wrappers such as torch's `Subset` (also of `random_split`), `ConcatDataset` and
    `ChainDataset`. Evaluation data are left alone.

    Args:
        augmenter: What to set; by default whatever augments the trainer's training data. That of data which are out of
            sight is their attribute `augmenter`.

    Raises:
        SettingError: Raised when training begins, if no augmenter is given and none is found.
    """

    def __init__(self, augmenter: InstructionAugmenter | None = None) -> None:
        self.augmenter = augmenter
        self._first = self._begun = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note the epoch in which the run begins."""
        self._first, self._begun = _whole(state.epoch), 0

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Set the epoch."""
        # The trainer's own count is a fraction of `max_steps` where the data do not know their length.
        epoch, self._begun = max(_whole(state.epoch), self._first + self._begun), self._begun + 1
        found = [self.augmenter] if self.augmenter is not None else _found(kwargs["train_dataloader"])
        for each in found:
            each.set_epoch(epoch)
        if found and all(getattr(each, "fixed", False) for each in found):
            warnings.warn(
                f"The training data stay at epoch {found[0].epoch}: augment() was given epoch=, or they are a split "
                "of a dict that is not among those to follow=.",
                UserWarning,
                stacklevel=2,
            )


def _whole(epoch: float | None) -> int:
    # A resumed run begins inside an epoch, and the fraction may fall short of a whole number by rounding.
    return math.floor((epoch or 0.0) + 1e-6)


def _found(loader: Any) -> list[Any]:
    """What has to be told the epoch; nothing where the training loop tells it.

    Raises:
        SettingError: Nothing is augmented.
    """
    data, seen = loader.dataset, dict[int, Any]()
    # The wrapper that accelerate puts round the part of a process hands the epoch on to what is directly inside.
    told = data.dataset if hasattr(data, "set_epoch") and hasattr(data, "dataset") else data
    if isinstance(told, IterableDataset):
        return []
    found = list(_augmented(data, seen))
    if not found:
        looked = ", ".join(dict.fromkeys(type(each).__name__ for each in seen.values()))
        raise SettingError(
            f"EpochCallback found no augmented data in the training data; it looked into {looked}. Give it the "
            "augmenter, EpochCallback(data.augmenter), or give the wrapper an attribute `dataset`. Data that are not "
            "augmented need no callback."
        )
    return found


def _augmented(data: Any, seen: dict[int, Any]) -> Iterator[Any]:
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
            yield from _augmented(each, seen)


def _parts(data: Any) -> list[Any]:
    if isinstance(data, Mapping):
        return list(data.values())
    if isinstance(data, (list, tuple)):
        return list(data)
    return [getattr(data, name) for name in _INSIDE if getattr(data, name, None) is not None]
