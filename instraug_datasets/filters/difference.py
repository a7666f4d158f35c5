"""How alike instructions are once what does not make a wording is taken away, and the choice of those that differ.

Labels before fields, the word for the picture, case, punctuation and the order of words and sentences do not make a
wording: two instructions that differ in nothing else are one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt

from .candidate import KEEP, Candidate, Context, Verdict, drop
from .words import words

__all__ = ["alike", "content_words", "likeness", "most_different", "nearest", "sentences"]

_PICTURE = re.compile(r"\b(?:images?|photos?|photographs?|pictures?|pics?|snapshots?)\b", re.IGNORECASE)
_LABEL = re.compile(r"(?:^|(?<=\n))[^\n{}.?!]{0,40}:\s*(?=\{)")
_SENTENCE_END = re.compile(r"(?<=[.?!:;])\s+|\n+")
_NAME = re.compile(r"\{\w+\}")


def content_words(text: str) -> frozenset[str]:
    r"""The set of words that make a wording; the fields of an instruction without any other word.

    Example:
        >>> sorted(content_words("Question: {question}\n\nName the animal in this photo."))
        ['animal', 'image', 'in', 'name', 'the', 'this']
    """
    bare = _PICTURE.sub("image", _LABEL.sub("\n", text))
    return frozenset(words(bare)) or frozenset(words(text)) or frozenset(_NAME.findall(text))


def sentences(text: str, *, min_words: int = 4) -> list[str]:
    """The sentences and lines of a text with so many words or more, without case, punctuation and fields.

    Example:
        >>> sentences("Look at the photo. What is its title? {question}")
        ['look at the image', 'what is its title']
    """
    parts = (words(part) for part in _SENTENCE_END.split(_PICTURE.sub("image", text)))
    return [" ".join(part) for part in parts if len(part) >= min_words]


def likeness(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """The Jaccard index of two sets of words, 0 to 1; 1 if they are the same."""
    shared = len(one & other)
    return shared / max(1, len(one) + len(other) - shared)


def alike(candidate: Candidate, context: Context) -> Verdict:
    """Drops candidates whose words are nearly those of an instruction of the task, in whatever order."""
    own = content_words(candidate.text)
    close = any(likeness(own, each) > context.max_likeness for each in context.accepted.values())
    return drop("alike") if close else KEEP


def nearest(texts: Sequence[str], others: Sequence[str] | None = None) -> npt.NDArray[np.float64]:
    """The likeness of each text to its nearest neighbor, shape `(texts,)`.

    Args:
        others: Where to look for neighbors; None for the other texts themselves.
    """
    if others is None:
        matrix = _likenesses(texts, texts)
        np.fill_diagonal(matrix, 0.0)
    else:
        matrix = _likenesses(texts, others)
    closest: npt.NDArray[np.float64] = matrix.max(axis=1, initial=0.0)
    return closest


def most_different(
    texts: Sequence[str], *, given: Sequence[str] = (), max_likeness: float = 0.8, count: int | None = None
) -> list[int]:
    """Choose texts that differ from each other and from those given, and return their places in order.

    The next one chosen is always the one that is least like all chosen so far, the first of several, until `count` are
    chosen or all that remain are too much alike.

    Args:
        max_likeness: The highest Jaccard index of two of them, 0 to 1.
        count: How many to choose at most; None for all that differ.

    Example:
        >>> most_different(["Name the animal.", "name the animal", "What is it?"])
        [0, 2]
    """
    matrix = _likenesses(texts, texts)
    closest = _likenesses(texts, given).max(axis=1, initial=0.0)
    chosen: list[int] = []
    while len(chosen) < (len(texts) if count is None else count):
        place = int(np.argmin(closest))
        if closest[place] > max_likeness:
            break
        chosen.append(place)
        closest = np.maximum(closest, matrix[place])
        closest[place] = np.inf
    return sorted(chosen)


def _likenesses(texts: Sequence[str], others: Sequence[str]) -> npt.NDArray[np.float64]:
    """The likeness of each of `texts` to each of `others`, shape `(texts, others)`."""
    if not texts or not others:
        return np.zeros((len(texts), len(others)))
    sets = [content_words(text) for text in (*texts, *others)]
    places = {word: place for place, word in enumerate(sorted(frozenset[str]().union(*sets)))}
    present = np.zeros((len(sets), len(places)))
    for row, each in enumerate(sets):
        present[row, [places[word] for word in each]] = 1
    left, right = present[: len(texts)], present[len(texts) :]
    shared = left @ right.T
    either = left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :] - shared
    likenesses: npt.NDArray[np.float64] = shared / np.maximum(either, 1)
    return likenesses
