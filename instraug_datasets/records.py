"""The example record: the schema shared by all tasks of all benchmarks.

Examples hold fields instead of prompts, so that a new instruction pool does not require rebuilding the data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from datasets import Features

__all__ = ["COLUMNS", "FEATURES", "FIELDS", "Box", "Example"]

Box: TypeAlias = tuple[float, float, float, float]
"""A bounding box `(x1, y1, x2, y2)` in pixels of the original image, with `x2 > x1` and `y2 > y1`."""

_TEXT_FIELDS = ("question", "text", "context")
_MORE_TEXT_FIELDS = ("premise", "hypothesis", "explanation", "response", "answer")

FIELDS: tuple[str, ...] = (*_TEXT_FIELDS, "options", "region", *_MORE_TEXT_FIELDS, "history")
"""The columns that instructions may use as placeholders."""


COLUMNS: tuple[str, ...] = ("unique_id", "task", "source", "images", *FIELDS, "target", "answers", "meta")
"""The columns of every data set of this package, in order."""

FEATURES: Features
"""The types of the columns; fields that a task lacks are null."""


def __getattr__(name: str) -> Any:
    # Created on first use: names of fields are needed without `datasets`, which takes two seconds to import.
    if name != "FEATURES":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from datasets import Features, Image, List, Value

    features = Features(
        {
            **{column: Value("string") for column in COLUMNS},
            "images": List(Image()),
            "options": List(Value("string")),
            "region": List(List(Value("float32"))),
            "history": List({"question": Value("string"), "answer": Value("string")}),
            "answers": List(Value("string")),
        }
    )
    return globals().setdefault(name, features)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example of a task, as created by an adapter.

    Attributes:
        unique_id: `<source>/<task>/<natural key>`, unique within a data set.
        task: The name of the task.
        source: The name of the source.
        images: Images in the format of `datasets.Image`: `{"path": ..., "bytes": ...}`.
        target: The expected output of the model.
        answers: All accepted answers, for scoring; defaults to the target.
        meta: Further data, stored as a JSON string. Region styles other than `pixels` use `image_size`
            (`[width, height]` in pixels of the decoded image, like all boxes) and `boxes` (which of `options` and
            `target` contain bounding boxes).
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
        """Return the example as a row with the columns of `FEATURES`."""
        row: dict[str, Any] = {name: getattr(self, name) for name in COLUMNS}
        for name in ("images", "options", "region", "history"):
            row[name] = None if row[name] is None else list(row[name])
        row["answers"] = list(self.answers or (self.target,))
        row["meta"] = json.dumps(dict(self.meta), ensure_ascii=False, sort_keys=True)
        return row
