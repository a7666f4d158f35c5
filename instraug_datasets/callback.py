"""A `transformers.TrainerCallback` that brings the epoch to map-style data.

Iterable data need no callback: the training loop's own `set_epoch` is enough.
"""

from __future__ import annotations

import math
from typing import Any

from .errors import DependencyError
from .stream import InstructionAugmenter, augmenter_of

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise DependencyError(
        "EpochCallback needs transformers, which is not installed: pip install 'instraug-datasets[train]'."
    ) from error

__all__ = ["EpochCallback"]


class EpochCallback(TrainerCallback):
    """Sets the epoch of an augmented map-style data set at the start of each epoch of a `transformers.Trainer`.

    `accelerate` does not pass epochs on to a map-style data set that is trained on by two or more processes, nor to
    workers that persist; this does.

    Args:
        augmenter: What to set; by default the augmenter of the trainer's training data.

    Raises:
        SettingError: No augmenter is given and the training data are not map-style data made by `augment`.
    """

    def __init__(self, augmenter: InstructionAugmenter | None = None) -> None:
        self.augmenter = augmenter

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Set the epoch."""
        augmenter = self.augmenter or augmenter_of(kwargs["train_dataloader"].dataset)
        # A resumed run begins inside an epoch, and the fraction may fall short of a whole number by rounding.
        augmenter.set_epoch(math.floor((state.epoch or 0.0) + 1e-6))
