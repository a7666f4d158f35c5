"""Alternatives to this package: a Python function for `Dataset.map`, and the approach of the original research code."""

from __future__ import annotations

import random  # noqa: TID251 - what most people would write; only seeded generators are made
from collections.abc import Mapping
from typing import Any

from instraug_datasets.pool import InstructionPool
from instraug_datasets.records import FIELDS

from .wording import field_texts, reworded

__all__ = ["MapFunction", "ResearchCode", "instruction_texts"]

_READ = ("unique_id", "task", *FIELDS)


def instruction_texts(pool: InstructionPool) -> dict[str, list[str]]:
    """The instructions of a pool as text, by task."""
    return {task: [each.text for each in instructions] for task, instructions in pool.items()}


class MapFunction:
    """The function that most people would write for `map`: a random choice, then one replacement per field.

    Args:
        pool: The instructions to choose from.
    """

    def __init__(self, pool: InstructionPool) -> None:
        self._texts = instruction_texts(pool)
        self._rng = random.Random(42)

    def example(self, example: Mapping[str, Any]) -> dict[str, str]:
        """The prompt of one example."""
        return {"prompt": self._prompt(example)}

    def batch(self, batch: Mapping[str, Any]) -> dict[str, list[str]]:
        """The prompts of a batch."""
        columns = [batch[name] for name in _READ]
        rows = (dict(zip(_READ, values, strict=True)) for values in zip(*columns, strict=True))
        return {"prompt": [self._prompt(row) for row in rows]}

    def thirty_variants(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Every example thirty times, each time with a different prompt."""
        whole = {name: [value for value in column for _ in range(30)] for name, column in batch.items()}
        prompts = zip(*(self.batch(batch)["prompt"] for _ in range(30)), strict=True)
        return {**whole, "prompt": [prompt for row in prompts for prompt in row]}

    def _prompt(self, example: Mapping[str, Any]) -> str:
        return reworded(example, self._texts, fields=FIELDS, below=self._rng.randrange, shuffle=self._rng.shuffle)


class ResearchCode:
    """The approach of the original research code, reimplemented: filter all templates, evaluate an f-string.

    Args:
        pool: The templates.
    """

    def __init__(self, pool: InstructionPool) -> None:
        table = pool.to_table().select(["task", "text"])
        self._templates = table.to_pandas().assign(kept=True)

    def example(self, example: Mapping[str, Any], *, number: int) -> str:
        """The prompt of an example, with its number as the seed."""
        frame = self._templates
        of_task = frame[(frame["task"] == example["task"]) & frame["kept"]]
        text = of_task.sample(1, random_state=number)["text"].iloc[0]
        values = field_texts(example, FIELDS, random.Random(number).shuffle)
        # The only eval in this repository. The original evaluates templates that a model wrote; this line measures what
        # that costs. The texts evaluated here are our own; never evaluate others.
        return str(eval(compile(f"f{text!r}", "template", "eval"), {"__builtins__": {}}, values))
