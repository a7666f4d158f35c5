"""VQA accuracy by its published rule (visualqa.org/evaluation.html; Antol et al., ICCV 2015)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

__all__ = ["normalized_answer", "vqa_accuracy"]

_ENOUGH = 3
"""An answer is right if at least so many annotators gave it."""

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {**{word: str(number) for number, word in enumerate(_NUMBERS)}, "none": "0"}
_ARTICLES = {"a", "an", "the"}

# Without forms that are words of their own, such as "wed", "hell" and "its".
_STEMS = {
    "n't": "ai are ca could did do does had has have is might must need sha should was were wo would",
    "'ve": "could i might must should they we what who would you",
    "'ll": "it somebody someone something that there they what who why you",
    "'d": "how somebody someone something that there they where who why you",
    "'re": "there they what who why you",
    "'s": "he here how let somebody someone something that there what where who why",
    "'m": "i",
}
_CONTRACTIONS = {
    (stem + ending).replace("'", ""): stem + ending for ending, stems in _STEMS.items() for stem in stems.split()
} | {"maam": "ma'am", "oclock": "o'clock", "yall": "y'all"}

_COMMA_IN_NUMBER = re.compile(r"(?<=\d),(?=\d)")
_PERIOD = re.compile(r"(?<!\d)\.|\.(?!\d)")
_PUNCTUATION = re.compile(r"[^\w\s':.]|_")


def vqa_accuracy(answer: str, given: Sequence[str]) -> float:
    """The accuracy of an answer, 0 to 1, beside those of all annotators of a question, ten as a rule.

    It is the mean, over all choices of all annotators but one, of `min(annotators with this answer / 3, 1)`. Answers
    are compared in their normal form, those of the annotators too. Of fewer than four annotators, all others have to
    agree.

    Example:
        >>> vqa_accuracy("Two.", ["2"] * 3 + ["3"] * 7)
        0.9
    """
    if not given:
        return 0.0
    ours = normalized_answer(answer)
    agreeing = [normalized_answer(text) == ours for text in given]
    if len(given) == 1:
        return float(agreeing[0])
    enough = min(_ENOUGH, len(given) - 1)
    return float(np.mean([min((sum(agreeing) - left_out) / enough, 1) for left_out in agreeing]))


def normalized_answer(text: str) -> str:
    """The normal form: lower case, digits for number words, no articles, no punctuation but `'` and `:`, contractions.

    Example:
        >>> normalized_answer("The dog, dont they say?")
        "dog don't they say"
    """
    text = _COMMA_IN_NUMBER.sub("", " ".join(text.lower().split()))
    text = _PUNCTUATION.sub(" ", _PERIOD.sub("", text))
    words = [_DIGITS.get(word, word) for word in text.split()]
    return " ".join(_CONTRACTIONS.get(word, word) for word in words if word not in _ARTICLES)
