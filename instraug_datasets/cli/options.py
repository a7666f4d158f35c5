"""Arguments and options shared by several subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from ..samplers import STRATEGIES
from ..styles import OPTIONS_STYLES, REGION_STYLES
from ..tasks import BENCHMARKS

__all__ = ["Benchmark", "DataDir", "Json", "OptionsStyle", "Pool", "RegionStyle", "Seed", "Strategy"]


def _one_of(names: object) -> str:
    return ", ".join(names)  # type: ignore[arg-type]  # the tables' keys


Benchmark = Annotated[str, typer.Argument(help=f"A benchmark: {_one_of(BENCHMARKS)}.", show_default=False)]
DataDir = Annotated[
    str,
    typer.Option(help="Folder or fsspec URL with the raw files, as folders or zip archives.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Pool = Annotated[
    str | None,
    typer.Option(help="A bundled pool, a .parquet file, or a Hub id.", show_default="the benchmark's pool"),
]
Seed = Annotated[int, typer.Option(help="Seed of all random choices.")]
Strategy = Annotated[str, typer.Option(help=f"Sampling strategy: {_one_of(STRATEGIES)}.")]
OptionsStyle = Annotated[str, typer.Option(help=f"Format of options: {_one_of(OPTIONS_STYLES)}.")]
RegionStyle = Annotated[str, typer.Option(help=f"Format of bounding boxes: {_one_of(REGION_STYLES)}.")]
