"""Builder classes by benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from instraug_datasets.errors import UnknownNameError

from .generation.builder import RawBuilder
from .instructblip import InstructBlip
from .multiinstruct import MultiInstruct

__all__ = ["BUILDERS", "get_builder"]

BUILDERS: Mapping[str, type[RawBuilder]] = MappingProxyType(
    {kind.BENCHMARK: kind for kind in (MultiInstruct, InstructBlip)}
)
"""The builder class of every benchmark; read-only."""


def get_builder(benchmark: str) -> type[RawBuilder]:
    """The builder class of a benchmark.

    Raises:
        UnknownNameError: If the benchmark is unknown.

    Example:
        >>> builder = get_builder("multiinstruct")(config_name="ITM", data_dir="raw_datasets")
        >>> data = builder.as_streaming_dataset(split="train")
    """
    if benchmark not in BUILDERS:
        raise UnknownNameError("benchmark", benchmark, BUILDERS)
    return BUILDERS[benchmark]
