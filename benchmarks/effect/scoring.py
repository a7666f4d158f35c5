"""Scores a trained model on seen and unseen wordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from instraug_datasets import InstructionPool
from instraug_datasets.builders.demo.shared_pictures import TASKS, WORDS, Picture, examples
from instraug_datasets.evaluation import evaluate, select_wordings

from .model import Fusion
from .text import TextSide
from .vision import Vision

__all__ = ["META_INSTRUCTIONS", "score"]

META_INSTRUCTIONS = 5
_BATCH = 512


def score(
    model: Fusion,
    pictures: Mapping[str, Sequence[Picture]],
    wordings: Mapping[str, InstructionPool | str | int],
    *,
    pool: InstructionPool,
    vision: Vision,
    text: TextSide,
) -> dict[str, dict[str, Any]]:
    """The scores on each set of pictures with each set of wordings, by the names of both."""
    scores: dict[str, dict[str, Any]] = {}
    for source, tested in pictures.items():
        rows = examples(tested, key="test")
        answers = _Answers(model, vision.describe(tested), text)
        for name, chosen in wordings.items():
            asked = [row for row in rows if _has_wordings(row["task"], chosen)]
            scores[f"{source}, {name}"] = _scores(answers, asked, pool, chosen)
    return scores


def _scores(
    answers: _Answers, rows: Sequence[Mapping[str, Any]], pool: InstructionPool, wordings: InstructionPool | str | int
) -> dict[str, Any]:
    right = evaluate(answers, rows, pool, wordings=wordings, metric="exact_match", batch_size=_BATCH)
    wrong_task = evaluate(answers, rows, pool, wordings=wordings, metric=answers_another_task, batch_size=_BATCH)
    return {
        "mean": right.mean,
        "another_task": wrong_task.mean,
        "sensitivity": right.sensitivity,
        "worst": sum(task.worst.score or 0.0 for task in right.tasks) / len(right.tasks),
        "tasks": {task.task: task.mean for task in right.tasks},
    }


def answers_another_task(prediction: str, example: Mapping[str, Any]) -> float:
    """Whether a prediction answers another task with the same fields."""
    return float(prediction in example["others"])


class _Answers:
    """A function from rendered examples to texts, which answers each prompt once."""

    def __init__(self, model: Fusion, cells: torch.Tensor, text: TextSide) -> None:
        self._model, self._cells, self._text = model, cells, text
        self._device = next(model.parameters()).device
        self._known: dict[tuple[int, str], str] = {}

    def __call__(self, rendered: Sequence[Mapping[str, Any]]) -> list[str]:
        asked = [(each["picture"], each["prompt"]) for each in rendered]
        pending = [each for each in dict.fromkeys(asked) if each not in self._known]
        if pending:
            self._known.update(zip(pending, self._answer(pending), strict=True))
        return [self._known[each] for each in asked]

    def _answer(self, asked: Sequence[tuple[int, str]]) -> list[str]:
        prompts = [prompt for _, prompt in asked]
        self._text.add(prompts)
        inputs = (self._cells[[picture for picture, _ in asked]], *self._text.batch(prompts))
        with torch.inference_mode():
            words = self._model(*(each.to(self._device) for each in inputs)).argmax(-1).tolist()
        return [f"{WORDS[first]} {WORDS[second]}".strip() for first, second in words]


def _has_wordings(task: str, wordings: InstructionPool | str | int) -> bool:
    return not isinstance(wordings, InstructionPool) or task in wordings


def check_wordings(pool: InstructionPool, name: str) -> InstructionPool:
    """The tasks of this benchmark in a pool that the user brings."""
    if not any(task in pool for task in TASKS):
        raise SystemExit(f"The pool {name!r} has no instructions for any of {', '.join(TASKS)}.")
    select_wordings([task for task in TASKS if task in pool], pool, pool)
    return pool
