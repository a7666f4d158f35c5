"""The evaluation of the paper: twelve tasks, their splits and metrics, and what it reports for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

__all__ = ["LIMIT", "PROTOCOL", "WORDINGS", "EvaluationTask", "PaperScore"]


@dataclass(frozen=True, slots=True)
class PaperScore:
    """The scores that the paper reports for a model, 0 to 100; None if it reports none.

    Attributes:
        procedure: How it scores this model on the task.
        meta: Trained with the five meta instructions of each task.
        pool: Trained with the pool of several temperatures.
    """

    model: str
    procedure: str
    meta: float | None
    pool: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationTask:
    """One of the paper's evaluation tasks.

    Attributes:
        name: The short name in the paper.
        split: The split of our data set.
        data: The published data behind it.
        paper: What the paper reports.
    """

    name: str
    benchmark: str
    task: str
    metric: str
    split: str
    data: str
    paper: tuple[PaperScore, ...]


_MODELS = ("OFA-Large", "InstructBLIP-Vicuna-7B")
_DOCUMENT: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("protocol.yaml").read_text(encoding="utf-8"))


def _declared(row: Mapping[str, Any]) -> EvaluationTask:
    columns = (_MODELS, row["procedure"], row["paper"]["meta"], row["paper"]["pool"])
    scores = tuple(PaperScore(*column) for column in zip(*columns, strict=True))
    return EvaluationTask(**{name: value for name, value in row.items() if name != "procedure"} | {"paper": scores})


WORDINGS: int = _DOCUMENT["wordings"]
"""The number of instructions per task whose scores are averaged."""

LIMIT: int = _DOCUMENT["limit"]
"""The number of examples per task: the first of the split."""

PROTOCOL: Mapping[tuple[str, str], EvaluationTask] = MappingProxyType(
    {(row["benchmark"], row["task"]): _declared(row) for row in _DOCUMENT["tasks"]}
)
"""The twelve tasks by benchmark and task."""
