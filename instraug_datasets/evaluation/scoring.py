"""From verdicts on single predictions to the scores of tasks and wordings, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import ExampleError
from ..instructions import Instruction
from .intervals import Interval, interval, replicates
from .metrics import Metric, Verdict
from .results import Evaluation, TaskScore, WordingScore

__all__ = ["Judged", "score_tasks"]

_PERCENT = 100

Scores = npt.NDArray[np.float64]


class Judged(NamedTuple):
    """The verdict on the prediction for the example at a position, under a wording."""

    position: int
    instruction_id: str
    verdict: Verdict


def score_tasks(
    judged: Sequence[Judged],
    *,
    tasks: Sequence[str],
    wordings: Mapping[str, Sequence[Instruction]],
    metrics: Mapping[str, Metric],
    skipped: Mapping[str, Counter[str]],
    settings: Mapping[str, Any],
    seed: int,
) -> Evaluation:
    """The scores of every task and wording.

    Args:
        tasks: The task of every example.
        skipped: How many examples each wording skipped, by reason.

    Raises:
        ExampleError: Raised if all wordings of a task skipped all examples.
    """
    unreadable = Counter(each.instruction_id for each in judged if not each.verdict.readable)
    scored, samples = [], []
    for task, metric in metrics.items():
        positions = {position: column for column, position in enumerate(_positions(tasks, task))}
        scores = _matrix(judged, wordings[task], positions)
        if not np.isfinite(scores).any():
            raise _all_skipped(task, wordings[task], skipped)
        drawn = replicates(scores, seed=seed, task=task)
        samples.append(drawn.mean)
        listed = tuple(
            _wording_score(one, row, interval(column), unreadable[one.instruction_id], skipped.get(one.instruction_id))
            for one, row, column in zip(wordings[task], scores, drawn.wordings.T, strict=True)
        )
        scored.append(TaskScore(task=task, metric=metric.name, wordings=listed, interval=interval(drawn.mean)))
    return Evaluation(
        model=settings["model"],
        settings={name: value for name, value in settings.items() if name != "model"},
        tasks=tuple(scored),
        interval=interval(np.mean(samples, axis=0)),
    )


def _positions(tasks: Sequence[str], task: str) -> list[int]:
    return [position for position, each in enumerate(tasks) if each == task]


def _matrix(judged: Sequence[Judged], wordings: Sequence[Instruction], columns: Mapping[int, int]) -> Scores:
    """The scores of a task, 0 to 100: one row per wording, one column per example, NaN where one was skipped."""
    rows = {one.instruction_id: row for row, one in enumerate(wordings)}
    scores = np.full((len(rows), len(columns)), np.nan)
    for each in judged:
        if each.position in columns:
            scores[rows[each.instruction_id], columns[each.position]] = _PERCENT * each.verdict.score
    return scores


def _wording_score(
    instruction: Instruction,
    scores: Scores,
    bounds: Interval | None,
    unreadable: int,
    skipped: Counter[str] | None,
) -> WordingScore:
    given = scores[np.isfinite(scores)]
    return WordingScore(
        instruction_id=instruction.instruction_id,
        text=instruction.text,
        examples=given.size,
        unreadable=unreadable,
        score=float(given.mean()) if given.size else None,
        interval=bounds,
        skipped=dict((skipped or Counter()).most_common()),
    )


def _all_skipped(task: str, wordings: Sequence[Instruction], skipped: Mapping[str, Counter[str]]) -> ExampleError:
    reasons = sum((skipped.get(one.instruction_id, Counter()) for one in wordings), Counter[str]())
    reason, count = reasons.most_common(1)[0]
    return ExampleError(f"No wording of the task {task!r} fits any example; the reason {count} times: {reason}")
