"""What one example is: the schema that every task of every benchmark shares.

An example holds fields, never a prompt, so that a new pool of instructions needs no rebuild of the data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from datasets import Features, Image, List, Value

__all__ = ["FEATURES", "FIELDS", "Box", "Example"]

Box: TypeAlias = tuple[float, float, float, float]
"""A rectangle `(x1, y1, x2, y2)` in pixels of the picture at its own size; `x2 > x1` and `y2 > y1`."""

_TEXT_FIELDS = ("question", "text", "context")
_MORE_TEXT_FIELDS = ("premise", "hypothesis", "explanation", "response", "answer")

FEATURES = Features(
    {
        "unique_id": Value("string"),
        "task": Value("string"),
        "source": Value("string"),
        "images": List(Image()),
        **{name: Value("string") for name in _TEXT_FIELDS},
        "options": List(Value("string")),
        "region": List(List(Value("float32"))),
        **{name: Value("string") for name in _MORE_TEXT_FIELDS},
        "history": List({"question": Value("string"), "answer": Value("string")}),
        "target": Value("string"),
        "answers": List(Value("string")),
        "meta": Value("string"),
    }
)
"""Columns of every data set of this package, in order; a field that a task does not have is null."""

FIELDS: tuple[str, ...] = (*_TEXT_FIELDS, "options", "region", *_MORE_TEXT_FIELDS, "history")
"""The columns that an instruction may name as placeholders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example of a task, as an adapter makes it.

    Attributes:
        unique_id: `<source>/<task>/<natural key>`; no two examples of a data set share one.
        task: The task's declared name.
        source: The source's declared name.
        images: Pictures as `datasets.Image` takes them: `{"path": ..., "bytes": ...}`.
        target: What the model is to answer.
        answers: Every accepted answer, for scoring; defaults to the target alone.
        meta: What does not fit elsewhere, kept as a JSON string. `image_size` (`[width, height]` in pixels of the
            picture as it decodes, like all boxes) and `boxes` (which of `options` and `target` hold boxes written as
            text) are read when a prompt is rendered with a region style other than pixels.
    """

    unique_id: str
    task: str
    source: str
    images: tuple[Mapping[str, Any], ...]
    target: str
    question: str | None = None
    text: str | None = None
    context: str | None = None
    options: tuple[str, ...] | None = None
    region: tuple[Box, ...] | None = None
    premise: str | None = None
    hypothesis: str | None = None
    explanation: str | None = None
    response: str | None = None
    answer: str | None = None
    history: tuple[Mapping[str, str], ...] | None = None
    answers: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The row that `FEATURES` describes."""
        row: dict[str, Any] = {name: getattr(self, name) for name in FEATURES}
        for name in ("images", "options", "region", "history"):
            row[name] = None if row[name] is None else list(row[name])
        row["answers"] = list(self.answers or (self.target,))
        row["meta"] = json.dumps(dict(self.meta), ensure_ascii=False, sort_keys=True)
        return row
