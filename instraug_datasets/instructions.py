"""The instruction record: one wording of a task, its lineage, and its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from xxhash import xxh3_64_hexdigest

from .errors import PoolError

__all__ = ["Instruction", "TaskStats", "instruction_id"]


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

    def __post_init__(self) -> None:
        for name in ("task", "text"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise PoolError(f"The {name} of an instruction must be a string, but got {value!r}.")

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
