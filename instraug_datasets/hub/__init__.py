"""Publishing to the Hub, and reading what was published: a plan first, then one commit."""

from __future__ import annotations

from .act import plan_publication, publish
from .calls import Caller
from .files import PlannedFile
from .images import attach_images
from .licences import Clearance
from .plan import Plan
from .progress import Published, Step
from .publication import Publication, read_publication
from .reading import load_published_pool, load_recipe
from .recipe import ConfigFacts, PromptSettings, Recipe

__all__ = [
    "Caller",
    "Clearance",
    "ConfigFacts",
    "Plan",
    "PlannedFile",
    "PromptSettings",
    "Publication",
    "Published",
    "Recipe",
    "Step",
    "attach_images",
    "load_published_pool",
    "load_recipe",
    "plan_publication",
    "publish",
    "read_publication",
]
