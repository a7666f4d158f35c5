"""Pure functions from a source's record to an example of a task; chance is a function of the seed and the unique id."""

from __future__ import annotations

from .context import Adapter, Context, Dice, Skip

__all__ = ["Adapter", "Context", "Dice", "Skip"]
