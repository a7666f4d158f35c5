"""Builders of whole benchmarks: sources read raw files, adapters give them meaning, rows join both with tasks."""

from __future__ import annotations

from .benchmarks import BUILDERS, get_builder
from .build import Built, build
from .multiinstruct import MultiInstruct

__all__ = ["BUILDERS", "Built", "MultiInstruct", "build", "get_builder"]
