"""Brings the epoch to map-style data, and to streams inside wrappers."""

from __future__ import annotations

import warnings
from typing import Any

from ..stream import InstructionAugmenter
from .augmented import told_by_callback
from .base import TrainerCallback
from .passes import Passes

__all__ = ["EpochCallback"]


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
        self._passes = Passes()

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note the epoch in which the run begins."""
        self._passes = Passes(state.epoch)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Set the epoch."""
        epoch = self._passes.begin(state.epoch)
        found = [self.augmenter] if self.augmenter is not None else told_by_callback(kwargs["train_dataloader"])
        for each in found:
            each.set_epoch(epoch)
        if found and all(getattr(each, "fixed", False) for each in found):
            warnings.warn(
                f"The training data stay at epoch {found[0].epoch}: augment() was given epoch=, or they are a split "
                "of a dict that is not among those to follow=.",
                UserWarning,
                stacklevel=2,
            )
