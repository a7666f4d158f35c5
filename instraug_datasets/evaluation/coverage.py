"""What a training run saw of its pool: how often each wording came, and with which loss."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..instructions import Instruction
from ..run_log import RunLog, read_run_log

__all__ = ["RunCoverage", "TaskCoverage", "WordingCoverage", "run_coverage"]


@dataclass(frozen=True, slots=True)
class WordingCoverage:
    """One wording of a task in a run.

    Attributes:
        meta: Whether it is a meta instruction.
        examples: How many examples had it, over all epochs.
        loss: Their mean loss in nats; None if it is not known.
        deviation: The standard deviation of their losses; None for fewer than two.
    """

    instruction_id: str
    text: str
    meta: bool
    examples: int
    loss: float | None = None
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class TaskCoverage:
    """The wordings of a task in a run.

    Attributes:
        examples: How many examples the run saw, over all epochs.
        loss: Their mean loss in nats; None if it is not known.
        wordings: All wordings that could have been drawn, the most often seen first.
    """

    task: str
    examples: int
    loss: float | None
    wordings: tuple[WordingCoverage, ...]

    @property
    def seen(self) -> int:
        """The number of wordings that came at least once."""
        return sum(each.examples > 0 for each in self.wordings)

    @property
    def never_seen(self) -> tuple[WordingCoverage, ...]:
        """The wordings that never came."""
        return tuple(each for each in self.wordings if not each.examples)

    @property
    def coverage(self) -> float:
        """The share of wordings that came at least once, 0 to 1."""
        return self.seen / len(self.wordings)


@dataclass(frozen=True, slots=True)
class RunCoverage:
    """What a run saw.

    Attributes:
        tasks: The tasks that the run has examples of.
        steps: The last step that is logged.
        epochs: The number of epochs begun.
        ranks: The number of processes.
        examples: How many examples the run saw, over all epochs.
        without_instruction: How many of these had none, since they are not augmented.
        absent_tasks: The tasks of the pool that the run has no example of.
        unread: By file, the bytes of an incomplete last batch, which a killed run leaves.
    """

    tasks: tuple[TaskCoverage, ...]
    steps: int
    epochs: int
    ranks: int
    examples: int
    without_instruction: int
    absent_tasks: tuple[str, ...]
    unread: Mapping[str, int]

    def to_json(self) -> str:
        """Return everything as JSON, the derived figures too.

        Example:
            >>> json.loads(coverage.to_json())["tasks"][0]["never_seen"]
        """
        whole = {**dataclasses.asdict(self), "tasks": [_with_figures(task) for task in self.tasks]}
        return json.dumps(whole, ensure_ascii=False, indent=2)


def run_coverage(run: str | Path | RunLog) -> RunCoverage:
    """Compute what a run saw, per task and wording, from the log that `InstructionLogCallback` writes.

    Args:
        run: The run's `output_dir`, the folder of the log, or what `read_run_log` read.

    Raises:
        SettingError: Raised if there is no log, or it is damaged.

    Example:
        >>> [(task.task, task.coverage) for task in run_coverage("out").tasks]
    """
    log = run if isinstance(run, RunLog) else read_run_log(run)
    table = log.table
    figures = {row["instruction_id"]: row for row in _by_wording(table)}
    without = table.column("instruction_id").null_count
    tasks = {task: _task(task, instructions, figures) for task, instructions in log.pool.items()}
    return RunCoverage(
        tasks=tuple(each for each in tasks.values() if each.examples),
        steps=pc.max(table.column("step")).as_py() or 0,
        epochs=len(pc.unique(table.column("epoch"))),
        ranks=len(pc.unique(table.column("rank"))),
        examples=len(table),
        without_instruction=without,
        absent_tasks=tuple(each.task for each in tasks.values() if not each.examples),
        unread=log.unread,
    )


def _by_wording(table: pa.Table) -> list[dict[str, Any]]:
    losses = [("loss", "count"), ("loss", "mean"), ("loss", "stddev", pc.VarianceOptions(ddof=1, min_count=2))]
    counted = table.group_by(["instruction_id"]).aggregate([([], "count_all"), *losses])
    rows: list[dict[str, Any]] = counted.to_pylist()
    return rows


def _task(task: str, instructions: Iterable[Instruction], figures: Mapping[str, Mapping[str, Any]]) -> TaskCoverage:
    wordings = [_wording(each, figures.get(each.instruction_id)) for each in instructions]
    known = [figures[each.instruction_id] for each in wordings if each.loss is not None]
    count = sum(row["loss_count"] for row in known)
    return TaskCoverage(
        task,
        sum(each.examples for each in wordings),
        math.fsum(row["loss_mean"] * row["loss_count"] for row in known) / count if count else None,
        tuple(sorted(wordings, key=lambda each: -each.examples)),
    )


def _wording(instruction: Instruction, row: Mapping[str, Any] | None) -> WordingCoverage:
    return WordingCoverage(
        instruction.instruction_id,
        instruction.text,
        instruction.origin is None,
        row["count_all"] if row else 0,
        row["loss_mean"] if row else None,
        row["loss_stddev"] if row else None,
    )


def _with_figures(task: TaskCoverage) -> dict[str, Any]:
    never_seen = [each.instruction_id for each in task.never_seen]
    return {**dataclasses.asdict(task), "seen": task.seen, "coverage": task.coverage, "never_seen": never_seen}
