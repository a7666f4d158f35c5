"""Commands that take texts as they are given, without the library that Typer converts values with."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

__all__ = ["Command", "Group"]


class _WithHelp:
    """Gives `--help` a value, because Typer would convert None."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]  # of the command or group
        if option is not None:
            option.default = False
        return option


class Group(_WithHelp, TyperGroup):
    """A group whose `--help` needs no conversion."""


class Command(_WithHelp, TyperCommand):
    """A command whose texts, and options that are left out, need no conversion.

    Typer converts every value with pydantic, whose import takes longer than all else that a light command does.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for parameter in self.params:
            _convert_if_needed(parameter)


def _convert_if_needed(parameter: Any) -> None:
    conversion_of = parameter.get_runtime_param
    parameter.get_runtime_param = lambda: _Unconverted(conversion_of, parameter.type_descriptor.annotation)


class _Unconverted:
    """Stands for Typer's conversion of one parameter, and calls it for values that are no texts."""

    def __init__(self, conversion_of: Any, annotation: Any) -> None:
        self.conversion_of = conversion_of
        self.is_text = annotation in (str, list[str])

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        is_list = param.multiple or param.nargs == -1
        if value is None:
            return () if is_list else None
        if self.is_text and (isinstance(value, str) if not is_list else isinstance(value, list | tuple)):
            return list(value) if is_list else value
        return self.conversion_of().coerce(value, param=param, ctx=ctx)
