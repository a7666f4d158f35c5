"""An HTML page about an evaluation: every wording's score with its interval, as a chart and a table."""

from __future__ import annotations

import itertools

from .metrics import METRICS
from .pages import render_page
from .protocol import PROTOCOL, EvaluationTask
from .results import Evaluation, TaskScore

__all__ = ["render_evaluation"]


def render_evaluation(evaluation: Evaluation, *, title: str = "", benchmark: str | None = None) -> str:
    """Render an evaluation as HTML, without external resources and with all texts escaped.

    Args:
        title: The heading; defaults to the model's name.
        benchmark: Adds the paper's scores for the tasks of this benchmark.

    Raises:
        DependencyError: Raised if jinja2 is not installed.

    Example:
        >>> Path("evaluation.html").write_text(render_evaluation(evaluation), encoding="utf-8")
    """
    return render_page(
        "evaluation.html.j2",
        title=title or f"Evaluation of {evaluation.model}",
        evaluation=evaluation,
        scales={task.task: _scale(task) for task in evaluation.tasks},
        descriptions={name: metric.description for name, metric in METRICS.items()},
        protocol=_protocol(evaluation, benchmark),
    )


def _scale(task: TaskScore) -> float:
    """The right end of a task's chart: the largest value shown, rounded up to a ten; the left end is 0."""
    intervals = [each.interval for each in task.wordings if each.interval is not None]
    largest = max(itertools.chain(task.scores, (each.high for each in intervals)))
    return max(10.0, -(-largest // 10) * 10)


def _protocol(evaluation: Evaluation, benchmark: str | None) -> dict[str, EvaluationTask]:
    known = {task.task: PROTOCOL.get((benchmark, task.task)) for task in evaluation.tasks if benchmark is not None}
    return {task: declared for task, declared in known.items() if declared is not None}
