"""`instraug report run`: what a training run saw of its pool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .group import Command, Group
from .output import count, print_message, print_table

if TYPE_CHECKING:
    from ..evaluation import RunCoverage, TaskCoverage

__all__ = ["reports"]

reports = typer.Typer(
    cls=Group,
    name="report",
    help="Report what training runs saw.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@reports.callback()
def _options() -> None:
    """Report what training runs saw."""


@reports.command(cls=Command)
def run(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="The output_dir of a run with InstructionLogCallback, or its log.",
            show_default=False,
        ),
    ],
    task: Annotated[str | None, typer.Option(help="List the wordings of this task.", show_default=False)] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write an HTML page.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show which wordings a run saw, how often, and with which loss.

    Also those that it never saw; works while the run trains.

    Example:
        instraug report run out/ -o run.html
    """
    from ..errors import UnknownNameError
    from ..evaluation import render_run, run_coverage
    from ..evaluation.pages import check_pages
    from ..storage import output_file, write_whole

    if output is not None:
        check_pages()
        output = output_file(output, "--output")
    coverage = run_coverage(folder)
    tasks = {each.task: each for each in coverage.tasks}
    if task is not None and task not in tasks:
        raise UnknownNameError("task", task, tasks, hint="The run has no example of it.")
    if output is not None:
        write_whole(output, render_run(coverage, title=f"What the run {folder.resolve().name} saw").encode())
    if as_json:
        typer.echo(coverage.to_json())
    elif task is not None:
        _show_wordings(tasks[task])
    else:
        _show_tasks(coverage)
    _tell(coverage)
    if output is not None:
        print_message(f"Report: {output}")


def _show_tasks(coverage: RunCoverage) -> None:
    print_table(
        ("task", "examples", "seen", "pool", "never", "loss", "most often seen"),
        [
            (
                each.task,
                each.examples,
                each.seen,
                len(each.wordings),
                len(each.never_seen),
                _number(each.loss),
                f"{each.wordings[0].examples}x {' '.join(each.wordings[0].text.split())}",
            )
            for each in coverage.tasks
        ],
        optional=("never",),
    )


def _show_wordings(task: TaskCoverage) -> None:
    print_table(
        ("wording", "examples", "loss", "deviation"),
        [(each.text, each.examples, _number(each.loss), _number(each.deviation)) for each in task.wordings],
        lines=True,
    )


def _tell(coverage: RunCoverage) -> None:
    seen, pool = sum(each.seen for each in coverage.tasks), sum(len(each.wordings) for each in coverage.tasks)
    line = (
        f"{count(coverage.examples, 'example')} in {count(coverage.steps, 'step')} and "
        f"{count(coverage.epochs, 'epoch')}: {seen:,} of {count(pool, 'wording')} seen"
    )
    if coverage.without_instruction:
        line += f"; {count(coverage.without_instruction, 'example')} had none"
    if coverage.absent_tasks:
        line += f"; no example of {count(len(coverage.absent_tasks), 'other task')} of the pool"
    print_message(f"{line}.")
    for file, size in coverage.unread.items():
        print_message(
            f"{file}: the last {count(size, 'byte')} are incomplete and left out, as a killed run leaves them."
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
