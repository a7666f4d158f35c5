"""The progress bar of a run, on stderr; nothing where nobody looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..expansion import Tally

__all__ = ["show_progress"]

_REASONS = 3


@contextmanager
def show_progress() -> Iterator[Callable[[Tally], None]]:
    """A bar of candidates with what is kept, the most frequent reasons against the rest, and tokens a second."""
    columns = (
        TextColumn("{task.completed}/{task.total} candidates"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[kept]} kept, {task.fields[dropped]} dropped {task.fields[reasons]}"),
        TextColumn("{task.fields[tokens]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None, kept=0, dropped=0, reasons="", tokens="")

        def update(tally: Tally) -> None:
            reasons = ", ".join(f"{number} {reason}" for reason, number in list(tally.reasons.items())[:_REASONS])
            seconds = progress.tasks[0].elapsed or 0
            rate = tally.completion_tokens / seconds if seconds else 0
            progress.update(
                bar,
                total=tally.planned,
                completed=max(tally.candidates, min(tally.planned, tally.completed + tally.resumed)),
                kept=tally.kept.total(),
                dropped=tally.dropped.total(),
                reasons=f"({reasons})" if reasons else "",
                tokens=f"{rate:.0f} tokens/s" if rate else "",
            )

        yield update
