"""`--recipe FILE`: what the command line leaves out comes from a recipe file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..recipe import TrainingRecipe

__all__ = ["RecipeFile", "is_given", "prompt_options", "read_options"]

RecipeFile = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="FILE",
        help="A recipe file (instraug.yaml, or a published augmentation.yaml) for what is not given here.",
        show_default=False,
    ),
]

_COMMAND_LINE = "COMMANDLINE"


def read_options(path: str | None) -> TrainingRecipe:
    """The recipe of a file; one that states nothing without a file."""
    from ..recipe import TrainingRecipe, read_recipe

    return TrainingRecipe() if path is None else read_recipe(path)


def prompt_options(context: typer.Context, recipe: TrainingRecipe, options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `augment`: those of the recipe, but what is on the command line has the last word.

    Args:
        options: The values that the command has, by the name of the parameter.
    """
    stated = recipe.prompts.stated()
    given = {name: value for name, value in options.items() if is_given(context, name) or name not in stated}
    return {**stated, **given}


def is_given(context: typer.Context, name: str) -> bool:
    """Whether a parameter is on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == _COMMAND_LINE
