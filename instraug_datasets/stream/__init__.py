"""Augmentation on the fly: one instruction per example and epoch, chosen and filled inside the stream."""

from __future__ import annotations

from .augment import augment, augmenter_of
from .augmenter import InstructionAugmenter
from .baking import bake
from .dataset import AugmentedIterableDataset, SizedAugmentedIterableDataset
from .lengths import count_examples
from .map_style import AugmentedDataset
from .settings import OUTPUTS, AugmenterOptions, Settings

__all__ = [
    "OUTPUTS",
    "AugmentedDataset",
    "AugmentedIterableDataset",
    "AugmenterOptions",
    "InstructionAugmenter",
    "Settings",
    "SizedAugmentedIterableDataset",
    "augment",
    "augmenter_of",
    "bake",
    "count_examples",
]
