"""Adapters: pure functions from a source's record to an example of a task, one module per family of tasks."""

from __future__ import annotations

from .context import Adapter, Context, ExampleRandom, Skip

__all__ = ["Adapter", "Context", "ExampleRandom", "Skip"]
