"""InstructBLIP (arXiv 2305.06500) from its public raw files."""

from __future__ import annotations

from .generation.builder import RawBuilder
from .generation.config import make_configs

__all__ = ["InstructBlip"]


class InstructBlip(RawBuilder):
    """One config a data set of the paper, and `all`: every one held in for training that the data dir can serve.

    Questions about videos show `num_frames` frames of the video, 4 by default.

    Example:
        >>> builder = InstructBlip(config_name="textcaps", data_dir="raw_datasets", num_examples=1000)
        >>> stream = builder.as_streaming_dataset(split="train")
    """

    BENCHMARK = "instructblip"
    BUILDER_CONFIGS = make_configs("instructblip")
