"""Commands whose help shows its examples line by line, and groups of them whose `--help` is quick."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

from typer.core import TyperCommand, TyperGroup

__all__ = ["Command", "Group"]

_UNWRAPPED = "\b\n"  # before a paragraph whose lines are to stay as they are


class Command(TyperCommand):
    """A command; the paragraph `Example:` of its help, a command line each, is not wrapped."""

    def __init__(self, *args: Any, help: str | None = None, **kwargs: Any) -> None:
        text, heading, examples = (help or "").partition("\n\nExample:\n")
        marked = text + heading.replace("Example", f"{_UNWRAPPED}Example") + indent(dedent(examples), "  ")
        super().__init__(*args, help=marked, **kwargs)


class Group(TyperGroup):
    """A group of commands."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option, with a default: Typer converts None with pydantic, whose import outlasts all the rest."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option
