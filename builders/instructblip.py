"""Builds InstructBLIP (arXiv 2305.06500) from its public raw files."""

from __future__ import annotations

from .generation.builder import RawBuilder
from .generation.config import make_configs

__all__ = ["InstructBlip"]


class InstructBlip(RawBuilder):
    """Builder of InstructBLIP: a config per data set of the paper, and `all` for every training set in the data dir.

    Video tasks show `num_frames` frames of each video, 4 by default.

    Example:
        >>> builder = InstructBlip(config_name="textcaps", data_dir="raw_datasets", num_examples=1000)
        >>> stream = builder.as_streaming_dataset(split="train")
    """

    BENCHMARK = "instructblip"
    BUILDER_CONFIGS = make_configs("instructblip")
