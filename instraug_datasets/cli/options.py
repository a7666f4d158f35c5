"""Arguments and options shared by several subcommands."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import SettingError
from ..styles import OPTIONS_STYLES, REGION_STYLES
from .choices import AXES, BENCHMARKS, METRICS, STRATEGIES

__all__ = [
    "POOL",
    "Benchmark",
    "DataDir",
    "Json",
    "KeptOptionsStyle",
    "KeptRegionStyle",
    "KeptSeed",
    "KeptStrategy",
    "KeptStyles",
    "Limit",
    "MaxInstructions",
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


def _kept(default: str) -> str:
    return f"as published, else {default}"


def _style_option(default: str) -> Any:
    return typer.Option(
        "--style",
        metavar="AXIS=VALUE",
        help=f"Use only instructions of this style, as in form=question; repeatable. Axes: {_one_of(AXES)}.",
        show_default=default,
    )


POOL = "A bundled pool's name, a file (.parquet, .jsonl, .csv, .tsv, .yaml), or a Hub id."

_SEED = "Seed of all random choices."
_STRATEGY = f"Sampling strategy: {_one_of(STRATEGIES)}."
_OPTIONS_STYLE = f"Format of options: {_one_of(OPTIONS_STYLES)}."
_REGION_STYLE = f"Format of bounding boxes: {_one_of(REGION_STYLES)}."


Benchmark = Annotated[
    str, typer.Argument(metavar="BENCHMARK", help=f"One of {_one_of(BENCHMARKS)}.", show_default=False)
]
DataDir = Annotated[
    str,
    typer.Option(help="Folder or fsspec URL of the raw files, unpacked or as zip archives.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON lines.")]
Limit = Annotated[int, typer.Option(min=0, help="Number of examples, from the first one on; 0 for all.")]
MaxInstructions = Annotated[
    int | None, typer.Option(help="Maximum number of instructions per task.", show_default="all")
]
MaxNewTokens = Annotated[int, typer.Option(min=1, help="Maximum length of a reply in tokens.")]
Metric = Annotated[str | None, typer.Option(help=f"The metric: {_one_of(METRICS)}.", show_default="the task's metric")]
Pool = Annotated[
    str | None,
    typer.Option(help=POOL, show_default="the benchmark's pool"),
]
Seed = Annotated[int, typer.Option(help=_SEED)]
Styles = Annotated[list[str] | None, _style_option("all")]
Wordings = Annotated[
    str,
    typer.Option(
        help="The instructions to use: a number of the pool's, meta instructions first; or a pool, such as heldout."
    ),
]
Strategy = Annotated[str, typer.Option(help=_STRATEGY)]
OptionsStyle = Annotated[str, typer.Option(help=_OPTIONS_STYLE)]
RegionStyle = Annotated[str, typer.Option(help=_REGION_STYLE)]

# For publishing: a repository keeps its own value of an option that is left out.
KeptSeed = Annotated[int | None, typer.Option(help=_SEED, show_default=_kept("0"))]
KeptStyles = Annotated[list[str] | None, _style_option(_kept("all"))]
KeptStrategy = Annotated[str | None, typer.Option(help=_STRATEGY, show_default=_kept("cycle"))]
KeptOptionsStyle = Annotated[str | None, typer.Option(help=_OPTIONS_STYLE, show_default=_kept("multiinstruct"))]
KeptRegionStyle = Annotated[str | None, typer.Option(help=_REGION_STYLE, show_default=_kept("pixels"))]


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
