"""What is added to examples: prompts as text or as chat turns, under the names that training libraries look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from datasets import Features, List, Value

from ..errors import ExampleError
from .messages import FEATURE, answer_turns, answers_column, image_count, image_counts, prompt_turns, turns_column
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
        self.features = _features(settings)
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
        added = {"instruction_id": rendered.instruction_id, "option_order": rendered.option_order}
        if self._name == "prompt":
            added |= {"prompt": rendered.prompt, "completion": rendered.target}
        else:
            asked = self._asked(example.get("unique_id"), image_count(example.get("images")), rendered.prompt)
            answered = answer_turns(rendered.target)
            together = self._name == "messages"
            added |= {"messages": asked + (answered or [])} if together else {"prompt": asked, "completion": answered}
        return {name: added[name] for name in self.features}

    def _turns(self, table: pa.Table, rendered: Rendered) -> dict[str, pa.Array]:
        counts, together = image_counts(table), self._name == "messages"
        try:
            asked = turns_column(counts, rendered.prompt, self._system, rendered.target if together else None)
        except ExampleError:
            rows = zip(
                table.column("unique_id").to_pylist(), counts.to_pylist(), rendered.prompt.to_pylist(), strict=True
            )
            for unique_id, count, prompt in rows:
                self._asked(unique_id, count or 0, prompt)
            raise
        return {"messages": asked} if together else {"prompt": asked, "completion": answers_column(rendered.target)}

    def _asked(self, unique_id: object, images: int, prompt: str) -> list[dict[str, Any]]:
        try:
            return prompt_turns(images, prompt, self._system)
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
