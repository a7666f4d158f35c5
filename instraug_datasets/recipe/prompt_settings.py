"""The arguments of `augment` that a recipe fixes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["PromptSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSettings:
    """The arguments of `augment` that a recipe fixes.

    Attributes:
        styles: See `stream.Settings`; None for all instructions.
        max_instructions: Maximum number of instructions per task; None for all.
    """

    seed: int = 0
    strategy: str = "cycle"
    options_style: str = "multiinstruct"
    region_style: str = "pixels"
    styles: Mapping[str, Sequence[str]] | None = None
    max_instructions: int | None = None

    def stated(self) -> dict[str, Any]:
        """The settings as plain data; those that select nothing are left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}
