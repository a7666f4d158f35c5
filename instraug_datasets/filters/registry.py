"""The table of filters. A new filter is added as a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from . import content, difference, form
from .candidate import Candidate, Context, Verdict
from .semantic_similarity import meaning

__all__ = ["FILTERS", "Filter"]


@dataclass(frozen=True, slots=True)
class Filter:
    """An entry of the table of filters.

    Attributes:
        name: The name used in settings.
        check: Decides whether a candidate passes.
        reasons: All reasons for which it may drop a candidate.
        needs_encoder: Whether it requires sentence embeddings.

    Example:
        >>> FILTERS["length"].check(candidate, Context()).keep
    """

    name: str
    check: Callable[[Candidate, Context], Verdict]
    reasons: tuple[str, ...]
    needs_encoder: bool = False

    @property
    def summary(self) -> str:
        """A one-sentence description."""
        return (self.check.__doc__ or "").strip()


_ROWS = (
    Filter("readable", form.readable, ("unreadable", "too_long")),
    Filter("placeholders", form.placeholders, ("placeholders",)),
    Filter("unanswerable", form.unanswerable, ("unanswerable",)),
    Filter("empty", form.empty, ("empty",)),
    Filter("echo", form.echo, ("echo",)),
    Filter("leak", content.leak, ("leak",)),
    Filter("answer", content.answer, ("answer", "no_instruction")),
    Filter("language", content.language, ("language",)),
    Filter("repetition", form.repetition, ("repetition",)),
    Filter("length", form.length, ("too_short", "too_long")),
    Filter("option_words", content.option_words, ("option_words",)),
    Filter("polarity", content.polarity, ("polarity",)),
    Filter("punctuation", form.punctuation, ("punctuation",)),
    Filter("duplicate", form.duplicate, ("duplicate",)),
    Filter("near_duplicate", form.near_duplicate, ("near_duplicate",)),
    Filter("alike", difference.alike, ("alike",)),
    Filter("meaning", meaning, ("meaning",), needs_encoder=True),
)

FILTERS: Mapping[str, Filter] = MappingProxyType({row.name: row for row in _ROWS})
"""The filters by name, in order of increasing cost."""
