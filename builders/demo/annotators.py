"""Several people's answers to one question, who do not always agree."""

from __future__ import annotations

from .questions import Question
from .random_draws import choose, draw_number, happens, sample

__all__ = ["answers_of"]


def answers_of(question: Question, key: int, *, people: int = 10) -> list[str]:
    """One answer a person; in one question of three, a minority says something else."""
    count = 1 + draw_number(max(1, people // 4), key, "count") if happens(0.35, key, "disagreement") else 0
    dissenters = set(sample(range(people), count, key, "who"))
    return [choose(question.others, key, i) if i in dissenters else question.answer for i in range(people)]
