"""The entry point: collects the subcommands, and prints errors as one line."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import Annotated

import typer

from ..errors import InstrAugError
from .build import build
from .check import check
from .demo import demo
from .doctor import doctor
from .evaluate import evaluate
from .expand import expand
from .pool import pool
from .preview import preview
from .publish import publish
from .report import report
from .review import review
from .sources import sources
from .tasks import tasks

__all__ = ["app", "main"]

app = typer.Typer(
    name="instraug",
    help="Instruction tuning of multimodal models with a new wording of every instruction in every epoch.",
    epilog="Start with: instraug demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
for command in (demo, tasks, preview, build, sources, check, expand, evaluate, publish, doctor):
    app.command()(command)
pool.command()(report)
pool.command()(review)
app.add_typer(pool)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("instraug-datasets"))
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")


def main(arguments: list[str] | None = None) -> None:
    """Run the command; errors of this package are printed to stderr without a traceback, with exit code 1."""
    try:
        app(arguments)
    except InstrAugError as error:
        typer.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from None
