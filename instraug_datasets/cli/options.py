"""Arguments and options shared by several subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import SettingError
from ..styles import OPTIONS_STYLES, REGION_STYLES
from .choices import AXES, BENCHMARKS, METRICS, STRATEGIES

__all__ = [
    "Benchmark",
    "DataDir",
    "Json",
    "Limit",
    "MaxNewTokens",
    "Metric",
    "OptionsStyle",
    "Pool",
    "RegionStyle",
    "Seed",
    "Strategy",
    "Styles",
    "Wordings",
    "parse_styles",
]


def _one_of(names: object) -> str:
    return ", ".join(names)  # type: ignore[arg-type]  # the tables' keys


Benchmark = Annotated[str, typer.Argument(help=f"A benchmark: {_one_of(BENCHMARKS)}.", show_default=False)]
DataDir = Annotated[
    str,
    typer.Option(help="Folder or fsspec URL with the raw files, as folders or zip archives.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Limit = Annotated[int, typer.Option(min=0, help="Number of examples, the first ones; 0 for all.")]
MaxNewTokens = Annotated[int, typer.Option(min=1, help="Maximum length of a reply.")]
Metric = Annotated[str | None, typer.Option(help=f"One of {_one_of(METRICS)}.", show_default="the task's metric")]
Pool = Annotated[
    str | None,
    typer.Option(help="A bundled pool, a .parquet file, or a Hub id.", show_default="the benchmark's pool"),
]
Seed = Annotated[int, typer.Option(help="Seed of all random choices.")]
Styles = Annotated[
    list[str] | None,
    typer.Option(
        "--style",
        metavar="AXIS=VALUE",
        help=f"Draw only from instructions of this style; repeatable. Axes: {_one_of(AXES)}.",
        show_default="all",
    ),
]
Wordings = Annotated[
    str, typer.Option(help="A number of the pool's instructions, meta instructions first, or a pool such as heldout.")
]
Strategy = Annotated[str, typer.Option(help=f"Sampling strategy: {_one_of(STRATEGIES)}.")]
OptionsStyle = Annotated[str, typer.Option(help=f"Format of options: {_one_of(OPTIONS_STYLES)}.")]
RegionStyle = Annotated[str, typer.Option(help=f"Format of bounding boxes: {_one_of(REGION_STYLES)}.")]


def parse_styles(given: list[str] | None) -> dict[str, list[str]] | None:
    """The styles of `--style AXIS=VALUE` options.

    Raises:
        SettingError: Raised if one has no `=`.
        UnknownNameError: Raised if an axis or a value is unknown.
    """
    if not given:
        return None
    from ..axes import checked_styles

    styles: dict[str, list[str]] = {}
    for each in given:
        axis, mark, value = each.partition("=")
        if not mark:
            raise SettingError(f"--style must be AXIS=VALUE, such as form=question, but got {each!r}.")
        styles.setdefault(axis, []).append(value)
    return checked_styles(styles)
