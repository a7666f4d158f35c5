"""Augmentation on the fly: one instruction per example and epoch, chosen and filled inside the stream."""

from __future__ import annotations

from .augment import AugmentedDataset, augment, augmenter_of
from .augmenter import OUTPUTS, InstructionAugmenter

__all__ = ["OUTPUTS", "AugmentedDataset", "InstructionAugmenter", "augment", "augmenter_of"]
