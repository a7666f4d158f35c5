"""The instruction record: one wording of a task, its style, its lineage, and its id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from xxhash import xxh3_64_hexdigest

from .errors import PoolError, UnknownNameError, shown
from .records import FIELDS

__all__ = ["DECLARED_AXES", "LABEL_PAIRS", "Instruction", "TaskStats", "check_axis_values", "instruction_id"]

DECLARED_AXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "form": (
            "imperative",
            "question",
            "completion",
            "statement",
            "role",
            "scene",
            "first_person",
            "two_steps",
            "bare",
        ),
        "register": ("terse", "casual", "neutral", "polite", "formal"),
        "answer_form": ("none", "word", "number", "phrase", "option", "coordinates", "sentence", "text"),
    }
)
"""The axes of style that the author of an instruction states, since no rule could tell, with their values.

`answer_form` is what the wording says about the form of the answer: `none` if it says nothing, `option` if it asks for
a copy of one of the options.
"""

LABEL_PAIRS = ("yes_no", "true_false", "phrase")
"""The kinds of labels that the examples of a task with two answers may offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One wording of a task, and its lineage.

    Attributes:
        task: The name of the task.
        text: The text with `{name}` placeholders.
        origin: The id of the meta instruction that it derives from; None for a meta instruction.
        parent: The id of the instruction that it was rewritten from; differs from `origin` after the first round.
        engine: The engine that wrote it.
        model: The engine's model.
        meta_prompt: The id of the meta-prompt.
        temperature: The sampling temperature.
        iteration: The rewriting depth, from 1.
        score: The semantic similarity to its origin, as measured by the expansion run.
        form, register, answer_form: Its style, see `DECLARED_AXES`; None if nobody has stated it.
        absent_fields: The fields that an example must not have, since this wording would not show them; None for none.
        label_pairs: The kinds of labels that answer it, see `LABEL_PAIRS`; None for all. Examples that offer other
            labels never draw it.

    Raises:
        PoolError: Raised if `task` or `text` is not a string.
        UnknownNameError: Raised if a value of an axis, a kind of labels or a field is unknown.

    Example:
        >>> Instruction(task="image_caption", text="Describe the image.").instruction_id
        'image_caption/c71539c484edadb5'
    """

    task: str
    text: str
    origin: str | None = None
    parent: str | None = None
    engine: str | None = None
    model: str | None = None
    meta_prompt: str | None = None
    temperature: float | None = None
    iteration: int | None = None
    score: float | None = None
    form: str | None = None
    register: str | None = None
    answer_form: str | None = None
    absent_fields: tuple[str, ...] | None = None
    label_pairs: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("task", "text"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise PoolError(f"The {name} of an instruction must be a string, but got {shown(value)}.")
        for axis, values in DECLARED_AXES.items():
            check_axis_values(axis, [getattr(self, axis)], values)
        check_axis_values("label_pairs", self.label_pairs or (), LABEL_PAIRS)
        check_axis_values("absent_fields", self.absent_fields or (), FIELDS)

    @property
    def instruction_id(self) -> str:
        """The id, derived from task and text."""
        return instruction_id(self.task, self.text)


class TaskStats(NamedTuple):
    """The number of instructions of one task in a pool."""

    task: str
    meta_instructions: int
    instructions: int

    @property
    def expansion(self) -> float:
        """The expansion factor: instructions / meta instructions."""
        return self.instructions / self.meta_instructions if self.meta_instructions else float("nan")


def instruction_id(task: str, text: str) -> str:
    """Return the content-addressed id `<task>/<xxh3-64 of the text, in hexadecimal>`, equal in every pool."""
    return f"{task}/{xxh3_64_hexdigest(text.encode())}"


def check_axis_values(axis: str, found: Iterable[str | None], known: Iterable[str]) -> None:
    """Refuse values that an axis of style does not have; None stands for a value that nobody has stated.

    Raises:
        UnknownNameError: Raised if a value is unknown.
    """
    for value in found:
        if value is not None and value not in known:
            raise UnknownNameError(axis, value, known)
