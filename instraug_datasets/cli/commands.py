"""The application: collects the subcommands."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

import instraug_datasets

from .build import build
from .check import check
from .demo import demo
from .doctor import doctor
from .evaluate import evaluate
from .expand import expand
from .explore import explore
from .export import export
from .group import Command, Group
from .init import init
from .lmms_eval import lmms_eval
from .pool import pool
from .preview import preview
from .publish import publish
from .report import report
from .review import review
from .run_report import reports
from .sources import sources
from .tasks import tasks

__all__ = ["app"]


app = typer.Typer(
    cls=Group,
    name="instraug",
    help="Instruction tuning of multimodal models with a fresh wording of every instruction every epoch.",
    epilog="Start with: instraug demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,  # its options would import pydantic, too
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
for command in (
    demo,
    tasks,
    preview,
    explore,
    build,
    sources,
    check,
    init,
    expand,
    evaluate,
    lmms_eval,
    export,
    publish,
    doctor,
):
    app.command(cls=Command)(command)
pool.command(cls=Command)(report)
pool.command(cls=Command)(review)
app.add_typer(pool)
app.add_typer(reports)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(instraug_datasets.__version__)
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
