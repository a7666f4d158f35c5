"""Recipe files: what determines the prompts of a training run, written down once and read by every command."""

from __future__ import annotations

from .prompt_settings import PromptSettings
from .recipe import TrainingRecipe, from_recipe, read_recipe

__all__ = ["PromptSettings", "TrainingRecipe", "from_recipe", "read_recipe"]
