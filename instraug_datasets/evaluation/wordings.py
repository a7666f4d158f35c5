"""How different the wordings of a task are: figures per task of a pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..filters import nearest, sentences
from ..instructions import Instruction
from .diversity import words

__all__ = ["Difference", "difference"]

_OPENING_WORDS = 4


class Difference(NamedTuple):
    """How different the instructions of a task are.

    Attributes:
        nearest_mean, nearest_max: Jaccard index of the words of an instruction and its nearest neighbor, 0 to 1: over
            all instructions on average, and at most.
        repeated: Share of the instructions, 0 to 1, whose every sentence of two words or more stands in another one.
        openings: How many different first four words there are.
    """

    instructions: int
    nearest_mean: float
    nearest_max: float
    repeated: float
    openings: int


def difference(instructions: Sequence[Instruction]) -> Difference:
    """Measure how different the instructions of a task are; `filters.content_words` says which words count.

    Example:
        >>> difference(InstructionPool.load("multiinstruct")["ITM"]).nearest_max <= 0.8
        True
    """
    texts = [each.text for each in instructions]
    near = nearest(texts)
    said = [set(sentences(text, min_words=2)) for text in texts]
    counts = Counter(sentence for each in said for sentence in each)
    repeated = sum(bool(each) and all(counts[sentence] > 1 for sentence in each) for each in said)
    return Difference(
        len(texts),
        float(near.mean()),
        float(near.max()),
        repeated / len(texts),
        len({tuple(words(text)[:_OPENING_WORDS]) for text in texts}),
    )
