"""What filters look at, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy.typing as npt

from ..tasks import Task

__all__ = ["KEEP", "Candidate", "Context", "Encoder", "Verdict", "drop"]


class Encoder(Protocol):
    """Turns texts into sentence embeddings; the one method that an encoder has to have."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[Any]:
        """Embeddings of length 1, shape `(texts, dimensions)`."""
        ...


class Verdict(NamedTuple):
    """Keep or drop, and why.

    Attributes:
        reason: Why it is dropped, in snake_case; empty if it is kept.
        score: What the filter measured, where a pool is to record it.
    """

    keep: bool
    reason: str = ""
    score: float | None = None


KEEP = Verdict(True)


def drop(reason: str) -> Verdict:
    """The verdict against a candidate."""
    return Verdict(False, reason)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rewriting, its placeholders restored.

    Attributes:
        text: The instruction that it would be.
        task: The task that it would belong to.
        origin: The text of the meta instruction that it goes back to.
        parent: The text of the instruction that it rewrites; the origin's in the first round.
        examples: The rewritings that the engine was shown, placeholders masked.
    """

    text: str
    task: Task
    origin: str
    parent: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a candidate is judged by.

    Attributes:
        accepted: The instructions that the task has already, normalized.
        length_ratio, length_reference, length_slack, count_slots, near_duplicate, similarity: As in the config of a
            run.
        encoder: Makes embeddings; without one, the meaning is not looked at.
    """

    accepted: Mapping[str, object] = field(default_factory=dict)
    length_ratio: tuple[float, float] = (0.4, 2.5)
    length_reference: str = "origin"
    length_slack: int = 0
    count_slots: bool = False
    near_duplicate: float = 0.96
    similarity: float = 0.6
    encoder: Encoder | None = None
