"""All filters on one candidate."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import UnknownNameError
from .candidate import Candidate, Context, Verdict
from .registry import FILTERS

__all__ = ["judge"]


def judge(candidate: Candidate, context: Context, filters: Iterable[str] = FILTERS) -> Verdict:
    """The first verdict against a candidate, or that it is kept, with its score.

    Raises:
        UnknownNameError: There is no such filter.
    """
    score = None
    for name in filters:
        if name not in FILTERS:
            raise UnknownNameError("filter", name, FILTERS)
        verdict = FILTERS[name].check(candidate, context)
        if not verdict.keep:
            return verdict
        score = score if verdict.score is None else verdict.score
    return Verdict(True, score=score)
