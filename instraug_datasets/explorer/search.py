"""Search in the instructions of a pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..evaluation.lineage import lineage, made_by
from ..instructions import Instruction

__all__ = ["SHOWN", "Found", "search"]

SHOWN = 50
"""The number of hits listed, at most."""


class Found(NamedTuple):
    """The result of a search: the number of hits, and the first of them, each with its lineage."""

    hits: int
    lines: Sequence[Sequence[Instruction]]


def search(known: Mapping[str, Instruction], words: str, *, task: str | None = None, limit: int = SHOWN) -> Found:
    """The instructions that contain every word in their text, task, or what made them; case does not matter.

    Args:
        known: The pool's instructions, see `evaluation.lineage.by_id`.
        words: The words, separated by white space; none finds everything.
        task: Search in the instructions of one task only.
        limit: The number of hits listed, at most; all are counted.

    Example:
        >>> search(by_id(pool), "caption grammar", task="ITM").hits
    """
    wanted = words.casefold().split()
    hits = [each for each in known.values() if task in (None, each.task) and _contains(each, wanted)]
    return Found(len(hits), [lineage(each, known) for each in hits[:limit]])


def _contains(instruction: Instruction, words: Sequence[str]) -> bool:
    text = f"{instruction.task} {instruction.text} {made_by(instruction)}".casefold()
    return all(word in text for word in words)
