"""Applies filters to a candidate."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import UnknownNameError
from .candidate import Candidate, Context, Verdict
from .registry import FILTERS

__all__ = ["apply_filters"]


def apply_filters(candidate: Candidate, context: Context, filters: Iterable[str] = FILTERS) -> Verdict:
    """Return the first verdict that drops a candidate, or a verdict to keep it, with its score.

    Args:
        filters: Names of the filters, applied in order; defaults to all.

    Raises:
        UnknownNameError: Raised if a filter is unknown.

    Example:
        >>> apply_filters(candidate, Context(), ["placeholders", "length"]).reason
        'too_long'
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
