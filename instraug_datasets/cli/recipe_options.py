"""`--recipe FILE`: what the command line leaves out comes from a recipe file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import PoolError, brief
from .options import parse_styles

if TYPE_CHECKING:
    from ..pool import InstructionPool
    from ..recipe import TrainingRecipe

__all__ = ["RecipeFile", "choose_pool", "given_prompts", "is_given", "load_pool", "prompt_options", "read_options"]

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
_PROMPT_OPTIONS = ("seed", "strategy", "styles", "options_style", "region_style", "max_instructions")


def read_options(path: str | None) -> TrainingRecipe:
    """The recipe of a file; one that states nothing without a file."""
    from ..recipe import TrainingRecipe, read_recipe

    return TrainingRecipe() if path is None else read_recipe(path)


def given_prompts(context: typer.Context) -> dict[str, Any]:
    """The arguments of `augment` that are on the command line.

    Raises:
        SettingError: Raised if a style has no `=`.
        UnknownNameError: Raised if an axis of style or a value of it is unknown.
    """
    given = {name: context.params[name] for name in _PROMPT_OPTIONS if is_given(context, name)}
    if "styles" in given:
        given["styles"] = parse_styles(given["styles"])
    return given


def prompt_options(context: typer.Context, recipe: TrainingRecipe) -> dict[str, Any]:
    """The arguments of `augment`: those of the recipe, but what is on the command line has the last word.

    Raises:
        SettingError: Raised if a style has no `=`.
        UnknownNameError: Raised if an axis of style or a value of it is unknown.
    """
    left_out = {name: context.params[name] for name in _PROMPT_OPTIONS if name in context.params} | {"styles": None}
    return {**left_out, **recipe.prompts.stated(), **given_prompts(context)}


def choose_pool(
    given: str | None, benchmark: str, recipe: TrainingRecipe, *, has_recipe: bool
) -> str | InstructionPool:
    """The pool on the command line, else the recipe's, else the benchmark's."""
    if given or not has_recipe:
        return given or benchmark
    return recipe.load_pool()


def load_pool(
    chosen: str | InstructionPool, tasks: Collection[str], styles: Mapping[str, Any] | None
) -> InstructionPool:
    """A pool that has instructions of the styles for each task.

    Raises:
        PoolError: Raised if a task has none.
    """
    from ..axes import select
    from ..pool import InstructionPool

    pool = InstructionPool.load(chosen) if isinstance(chosen, str) else chosen
    for task in tasks:
        if task not in pool:
            raise PoolError(f"The pool has no instructions for the task {task!r}, only for {brief(', '.join(pool))}.")
    if styles:
        select(pool, styles, tasks=tasks)
    return pool


def is_given(context: typer.Context, name: str) -> bool:
    """Whether a parameter is on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == _COMMAND_LINE
