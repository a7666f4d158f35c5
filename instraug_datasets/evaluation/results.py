"""The results of an evaluation: scores per task and wording, and what they say about sensitivity."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from typing import Any

import pyarrow as pa

from .intervals import Interval

__all__ = ["Evaluation", "TaskScore", "WordingScore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingScore:
    """The score of one wording of a task.

    Attributes:
        text: The instruction, with its placeholders.
        examples: Number of examples scored.
        skipped: Number of examples skipped, by reason, such as a field that the wording needs and the example lacks.
        unreadable: Number of predictions from which no answer could be read; they score 0.
        score: The mean, 0 to 100; None if every example was skipped.
        interval: Over samples of the examples.
    """

    instruction_id: str
    text: str
    examples: int
    unreadable: int
    score: float | None
    interval: Interval | None
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScore:
    """The scores of a task under several wordings.

    Attributes:
        metric: The name of the metric.
        wordings: The score of every wording.
        interval: Of the mean, over samples of examples and wordings.
    """

    task: str
    metric: str
    wordings: tuple[WordingScore, ...]
    interval: Interval | None

    @property
    def scores(self) -> list[float]:
        """The scores of the wordings that have one."""
        return [each.score for each in self.wordings if each.score is not None]

    @property
    def mean(self) -> float:
        """The mean over wordings, 0 to 100."""
        return fmean(self.scores)

    @property
    def deviation(self) -> float:
        """The standard deviation over wordings, of the wordings as a population."""
        return pstdev(self.scores)

    @property
    def spread(self) -> float:
        """The best wording's score minus the worst one's."""
        return max(self.scores) - min(self.scores)

    @property
    def sensitivity(self) -> float | None:
        """The standard deviation over wordings / their mean, from 0; None if the mean is 0.

        MULTIINSTRUCT (arXiv 2212.10773) defines sensitivity as the mean of this over tasks; lower is more robust.
        """
        return self.deviation / self.mean if self.mean else None

    @property
    def worst(self) -> WordingScore:
        """The wording with the lowest score."""
        return min((each for each in self.wordings if each.score is not None), key=lambda each: each.score or 0)

    @property
    def best(self) -> WordingScore:
        """The wording with the highest score."""
        return max((each for each in self.wordings if each.score is not None), key=lambda each: each.score or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The result of an evaluation.

    Attributes:
        model: What was evaluated.
        settings: What determines the prompts, beside data and wordings.
        tasks: The scores of every task.
        interval: Of the mean over tasks, over samples of examples and wordings.
    """

    model: str
    settings: Mapping[str, Any]
    tasks: tuple[TaskScore, ...]
    interval: Interval | None

    @property
    def mean(self) -> float:
        """The mean over tasks of their means over wordings, 0 to 100."""
        return fmean(task.mean for task in self.tasks)

    @property
    def sensitivity(self) -> float | None:
        """The mean sensitivity of the tasks that have one, see `TaskScore.sensitivity`."""
        known = [task.sensitivity for task in self.tasks if task.sensitivity is not None]
        return fmean(known) if known else None

    def to_table(self) -> pa.Table:
        """Return the scores as a table with one row per task and wording.

        Example:
            >>> evaluation.to_table().to_pandas().pivot(index="instruction_id", columns="task", values="score")
        """
        return pa.Table.from_pylist([_row(task, each) for task in self.tasks for each in task.wordings], _SCHEMA)

    def to_json(self) -> str:
        """Return everything as JSON, the derived figures too.

        Example:
            >>> json.loads(evaluation.to_json())["tasks"][0]["sensitivity"]
        """
        tasks = [_with_figures(task) for task in self.tasks]
        whole = {**dataclasses.asdict(self), "mean": self.mean, "sensitivity": self.sensitivity, "tasks": tasks}
        return json.dumps(whole, ensure_ascii=False, indent=2)


_SCHEMA = pa.schema(
    {
        "task": pa.string(),
        "metric": pa.string(),
        "instruction_id": pa.string(),
        "text": pa.string(),
        "examples": pa.int64(),
        "skipped": pa.int64(),
        "unreadable": pa.int64(),
        "score": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
    }
)


def _row(task: TaskScore, each: WordingScore) -> dict[str, Any]:
    low, high = each.interval or (None, None)
    return {
        "task": task.task,
        "metric": task.metric,
        "instruction_id": each.instruction_id,
        "text": each.text,
        "examples": each.examples,
        "skipped": sum(each.skipped.values()),
        "unreadable": each.unreadable,
        "score": each.score,
        "low": low,
        "high": high,
    }


def _with_figures(task: TaskScore) -> dict[str, Any]:
    figures = ("mean", "deviation", "spread", "sensitivity")
    named = {"worst": task.worst.instruction_id, "best": task.best.instruction_id}
    return {**dataclasses.asdict(task), **{name: getattr(task, name) for name in figures}, **named}
