"""Augmentation on the fly: one instruction per example and epoch, chosen and filled inside the stream."""

from __future__ import annotations

from .augment import augment, augmenter_of
from .augmenter import InstructionAugmenter
from .map_style import AugmentedDataset
from .settings import OUTPUTS, AugmenterOptions, Settings

__all__ = [
    "OUTPUTS",
    "AugmentedDataset",
    "AugmenterOptions",
    "InstructionAugmenter",
    "Settings",
    "augment",
    "augmenter_of",
]
