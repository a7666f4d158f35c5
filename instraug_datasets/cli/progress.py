"""Progress bars, on stderr if it is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..expansion import Statistics

__all__ = ["show_progress", "show_steps"]

_REASONS = 3


@contextmanager
def show_progress() -> Iterator[Callable[[Statistics], None]]:
    """Show candidates, variants kept, the most frequent drop reasons, and tokens per second."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    # Where there is no room, the reasons are shortened, which come last.
    columns = (
        MofNCompleteColumn(table_column=Column(min_width=11)),
        TextColumn("candidates", table_column=Column(min_width=10)),
        TimeElapsedColumn(table_column=Column(min_width=7)),
        BarColumn(bar_width=10, table_column=Column(min_width=10)),
        TextColumn(
            "{task.fields[tokens]}{task.fields[kept]} kept, {task.fields[dropped]} dropped {task.fields[reasons]}"
        ),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None, kept=0, dropped=0, reasons="", tokens="")

        def update(statistics: Statistics) -> None:
            reasons = ", ".join(f"{number} {reason}" for reason, number in list(statistics.reasons.items())[:_REASONS])
            seconds = progress.tasks[0].elapsed or 0
            rate = statistics.completion_tokens / seconds if seconds else 0
            progress.update(
                bar,
                total=statistics.planned,
                completed=max(
                    statistics.candidates, min(statistics.planned, statistics.completed + statistics.resumed)
                ),
                kept=statistics.kept.total(),
                dropped=statistics.dropped.total(),
                reasons=f"({reasons})" if reasons else "",
                tokens=f"{rate:.0f} tokens/s, " if rate else "",
            )

        yield update


@contextmanager
def show_steps() -> Iterator[Callable[[str, int, int], None]]:
    """Show the name of the current step, the number of steps done, and of all."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
