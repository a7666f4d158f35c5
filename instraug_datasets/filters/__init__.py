"""Filters: what a candidate has to pass to become an instruction of a pool, each with the reason it gives."""

from __future__ import annotations

from .candidate import Candidate, Context, Encoder, Verdict
from .judge import judge
from .table import FILTERS, Filter
from .words import normalize

__all__ = ["FILTERS", "Candidate", "Context", "Encoder", "Filter", "Verdict", "judge", "normalize"]
