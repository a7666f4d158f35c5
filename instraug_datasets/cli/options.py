"""Arguments and options that several sub-commands share."""

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
    typer.Option(help="The folder or fsspec URL with the raw files, as folders or zip archives.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Pool = Annotated[
    str | None,
    typer.Option(help="The pool: a bundled one's name, a .parquet file, or a Hub id.", show_default="the benchmark's"),
]
Seed = Annotated[int, typer.Option(help="Changes every choice.")]
Strategy = Annotated[str, typer.Option(help=f"How instructions are picked: {_one_of(STRATEGIES)}.")]
OptionsStyle = Annotated[str, typer.Option(help=f"How options are written: {_one_of(OPTIONS_STYLES)}.")]
RegionStyle = Annotated[str, typer.Option(help=f"How boxes are written: {_one_of(REGION_STYLES)}.")]
