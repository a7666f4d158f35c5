"""What is added to examples: prompts as text or as chat turns, under the names that training libraries look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from datasets import Features, List, Value

from ..errors import ExampleError
from .fields import turns_of
from .layouts import values_of
from .messages import (
    FEATURE,
    FEATURE_TYPE,
    answer_turns,
    answers_column,
    image_count,
    image_counts,
    prompt_turns,
    turns_column,
)
from .render import Rendered
from .settings import Settings

__all__ = ["Output"]

_TEXT = Value("string")


class Output:
    """The columns that are added to whole tables and to single examples.

    Args:
        settings: Say which columns they are.

    Attributes:
        features: Their names and types, in order.
        shows_target: Whether the target is shown in them.
    """

    def __init__(self, settings: Settings) -> None:
        self._name, self._system = settings.output, settings.system
        self._history_in_turns = settings.history == "turns"
        self.features = _features(settings)
        self._features_are_default = tuple(self.features) == ("prompt", "instruction_id")
        self.shows_target = self._name != "prompt" or "completion" in self.features

    def columns(self, table: pa.Table, rendered: Rendered) -> list[pa.Array]:
        """The columns for a table under our names, in the order of `features`.

        Raises:
            ExampleError: A prompt marks the places of its pictures, but has not one mark for each.
        """
        added = {"instruction_id": rendered.instruction_id, "option_order": rendered.option_order}
        if self._name == "prompt":
            added |= {"prompt": rendered.prompt, "completion": rendered.target}
        else:
            added |= self._turns(table, rendered)
        return [added[name] for name in self.features]

    def values(self, example: Mapping[str, Any], rendered: Rendered) -> dict[str, Any]:
        """The same for one example."""
        if self._features_are_default:
            return {"prompt": rendered.prompt, "instruction_id": rendered.instruction_id}
        added = {"instruction_id": rendered.instruction_id, "option_order": rendered.option_order}
        if self._name == "prompt":
            added |= {"prompt": rendered.prompt, "completion": rendered.target}
        else:
            history = example.get("history") if self._history_in_turns else None
            asked = self._asked(example.get("unique_id"), image_count(example.get("images")), rendered.prompt, history)
            answered = answer_turns(rendered.target)
            together = self._name == "messages"
            added |= {"messages": asked + (answered or [])} if together else {"prompt": asked, "completion": answered}
        return {name: added[name] for name in self.features}

    def _turns(self, table: pa.Table, rendered: Rendered) -> dict[str, pa.Array]:
        counts, together = image_counts(table), self._name == "messages"
        if self._history_in_turns and "history" in table.column_names:
            asked = self._one_by_one(table, counts, rendered, rendered.target if together else None)
        else:
            try:
                asked = turns_column(counts, rendered.prompt, self._system, rendered.target if together else None)
            except ExampleError:
                self._one_by_one(table, counts, rendered, None)
                raise
        return {"messages": asked} if together else {"prompt": asked, "completion": answers_column(rendered.target)}

    def _one_by_one(
        self, table: pa.Table, counts: pa.Array, rendered: Rendered, targets: pa.StringArray | None
    ) -> pa.Array:
        """The turns, example by example, so that an error names the one that it is about."""
        rows = table.num_rows
        histories = values_of(table, "history") if self._history_in_turns else [None] * rows
        answers = [None] * rows if targets is None else targets.to_pylist()
        columns = (table.column("unique_id").to_pylist(), counts.to_pylist(), rendered.prompt.to_pylist())
        turns = [
            self._asked(unique_id, count or 0, prompt, history) + (answer_turns(answer) or [])
            for unique_id, count, prompt, history, answer in zip(*columns, histories, answers, strict=True)
        ]
        return pa.array(turns, FEATURE_TYPE)

    def _asked(self, unique_id: object, images: int, prompt: str, history: Any) -> list[dict[str, Any]]:
        try:
            return prompt_turns(images, prompt, self._system, turns_of(history))
        except ExampleError as error:
            raise ExampleError(f"Example {unique_id!r}: {error}") from None


def _features(settings: Settings) -> Features:
    if settings.output == "prompt":
        features = {"prompt": _TEXT, "instruction_id": _TEXT}
        if not settings.field_styles.plain:
            features["completion"] = _TEXT
    elif settings.output == "messages":
        features = {"messages": FEATURE, "instruction_id": _TEXT}
    else:
        features = {"prompt": FEATURE, "completion": FEATURE, "instruction_id": _TEXT}
    if settings.option_order:
        features["option_order"] = List(Value("int32"))
    return Features(features)
