"""Filters: what a candidate has to pass to become an instruction of a pool, each with the reason it gives."""

from __future__ import annotations

from .apply import judge
from .candidate import Candidate, Context, Encoder, Verdict
from .registry import FILTERS, Filter
from .words import normalize

__all__ = ["FILTERS", "Candidate", "Context", "Encoder", "Filter", "Verdict", "judge", "normalize"]
