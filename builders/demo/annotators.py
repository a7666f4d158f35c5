"""The answers of several annotators to one question, who do not always agree."""

from __future__ import annotations

from .questions import Question
from .random_draws import choose, draw_integer, happens, sample

__all__ = ["annotator_answers"]


def annotator_answers(question: Question, key: int, *, annotators: int = 10) -> list[str]:
    """One answer per annotator; for one question in three, a minority gives another answer."""
    count = 1 + draw_integer(max(1, annotators // 4), key, "count") if happens(0.35, key, "disagreement") else 0
    dissenters = set(sample(range(annotators), count, key, "who"))
    return [choose(question.others, key, i) if i in dissenters else question.answer for i in range(annotators)]
