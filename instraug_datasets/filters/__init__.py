"""Filters that a candidate must pass to become an instruction of a pool; each names the reason for a drop."""

from __future__ import annotations

from .apply import apply_filters
from .candidate import Candidate, Context, SentenceEncoder, Verdict
from .difference import content_words, likeness, most_different, nearest, sentences
from .registry import FILTERS, Filter
from .words import normalize

__all__ = [
    "FILTERS",
    "Candidate",
    "Context",
    "Filter",
    "SentenceEncoder",
    "Verdict",
    "apply_filters",
    "content_words",
    "likeness",
    "most_different",
    "nearest",
    "normalize",
    "sentences",
]
