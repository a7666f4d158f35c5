"""The input and output of filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy.typing as npt

from ..tasks import Task

__all__ = ["KEEP", "Candidate", "Context", "SentenceEncoder", "Verdict", "drop"]


class SentenceEncoder(Protocol):
    """The protocol of sentence encoders: a single method, `encode`."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[Any]:
        """Return unit-length embeddings, shape `(texts, dimensions)`."""
        ...


class Verdict(NamedTuple):
    """The decision of a filter.

    Attributes:
        keep: Whether the candidate passes.
        reason: The reason for a drop, in snake_case; empty if the candidate passes.
        score: A measurement to record in the pool, if any.
    """

    keep: bool
    reason: str = ""
    score: float | None = None


KEEP = Verdict(True)


def drop(reason: str) -> Verdict:
    """Return a verdict that drops a candidate."""
    return Verdict(False, reason)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rewritten instruction with restored placeholders.

    Attributes:
        text: The rewritten instruction.
        task: The task of the instruction.
        origin: The text of its meta instruction.
        parent: The text of the instruction it was rewritten from; equal to the origin in the first round.
        examples: The rewritings among the few-shot examples of the request, with masked placeholders.
    """

    text: str
    task: Task
    origin: str
    parent: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The settings and state that candidates are checked against.

    Attributes:
        accepted: The task's instructions so far: by normalized text, the words that make the wording.
        length_ratio, length_reference, length_slack, count_placeholders, near_duplicate, max_likeness, similarity: See
            `instraug_datasets.expansion.Config`.
        encoder: A sentence encoder; None disables the filter `meaning`.
    """

    accepted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    length_ratio: tuple[float, float] = (0.4, 2.5)
    length_reference: str = "origin"
    length_slack: int = 0
    count_placeholders: bool = False
    near_duplicate: float = 0.96
    max_likeness: float = 0.8
    similarity: float = 0.6
    encoder: SentenceEncoder | None = None
