"""The loss of each example of a batch, from what a language model returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

__all__ = ["example_losses"]

_IGNORED = -100


def example_losses(outputs: Any, labels: Any, *, shifted: bool) -> torch.Tensor | None:
    """The mean cross-entropy in nats of the labelled tokens of each example, shape `(examples,)`.

    It is NaN for an example without labelled tokens, and None where logits of shape `(examples, length, vocabulary)`
    and labels of shape `(examples, length)` are not both there, as with fused losses.

    Args:
        shifted: Whether the logits of a position predict the next label, as those of decoders do.
    """
    logits = outputs.get("logits") if isinstance(outputs, Mapping) else getattr(outputs, "logits", None)
    if logits is None or labels is None or logits.ndim != 3 or logits.shape[:2] != labels.shape:
        return None
    with torch.no_grad():
        if shifted:
            logits, labels = logits[:, :-1], labels[:, 1:]
        labelled = labels != _IGNORED
        # Only labelled positions are converted: logits of whole prompts in float32 may not fit.
        losses = torch.nn.functional.cross_entropy(logits[labelled].float(), labels[labelled], reduction="none")
        sums = losses.new_zeros(len(labels)).index_add_(0, labelled.nonzero()[:, 0], losses)
        means: torch.Tensor = sums / labelled.sum(1)
        return means
