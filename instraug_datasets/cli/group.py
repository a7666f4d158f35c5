"""Groups of commands whose `--help` is quick."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

__all__ = ["Group"]


class Group(TyperGroup):
    """A group of commands."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option, with a default: Typer converts None with pydantic, whose import outlasts all the rest."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option
