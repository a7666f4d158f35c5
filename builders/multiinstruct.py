"""Builds MULTIINSTRUCT (arXiv 2212.10773) from its public raw files."""

from __future__ import annotations

from .generation.builder import RawBuilder
from .generation.config import make_configs

__all__ = ["MultiInstruct"]


class MultiInstruct(RawBuilder):
    """Builder of MULTIINSTRUCT: a config per task, and `all` for every training task whose files are in the data dir.

    Example:
        >>> builder = MultiInstruct(config_name="ITM", data_dir="raw_datasets", num_examples=1000)
        >>> stream = builder.as_streaming_dataset(split="train")
    """

    BENCHMARK = "multiinstruct"
    BUILDER_CONFIGS = make_configs("multiinstruct")
