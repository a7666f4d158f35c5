"""Callbacks of `transformers.Trainer`: one brings the epoch to map-style data, one logs which wordings a run sees.

A stream that is itself the training data needs no `EpochCallback`: the training loop's own `set_epoch` is enough.
"""

from __future__ import annotations

from .epochs import EpochCallback
from .instruction_log import InstructionLogCallback

__all__ = ["EpochCallback", "InstructionLogCallback"]
