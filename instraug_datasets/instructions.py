"""What an instruction is: one wording of a task, where it came from, and the id that its text gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from xxhash import xxh3_64_hexdigest

from .errors import PoolError

__all__ = ["Instruction", "TaskStats", "instruction_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One wording of a task, and how it came about.

    Attributes:
        origin: The id of the meta instruction it is a variant of; None for a meta instruction.
        parent: The id of the instruction it was rewritten from, which after several rounds is not its origin.
        iteration: The round that made it, from 1.
        score: How well it kept the meaning of its origin, by the measure of the run that made it.
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
                raise PoolError(f"The {name} of an instruction must be text, but got {value!r}.")

    @property
    def instruction_id(self) -> str:
        """The id that its task and text give it."""
        return instruction_id(self.task, self.text)


class TaskStats(NamedTuple):
    """How large one task's share of a pool is."""

    task: str
    meta_instructions: int
    instructions: int

    @property
    def expansion(self) -> float:
        """How many instructions there are for each meta instruction."""
        return self.instructions / self.meta_instructions if self.meta_instructions else float("nan")


def instruction_id(task: str, text: str) -> str:
    """`<task>/<xxh3-64 of the text, in hexadecimal>`: the same text of a task has the same id in every pool."""
    return f"{task}/{xxh3_64_hexdigest(text.encode())}"
