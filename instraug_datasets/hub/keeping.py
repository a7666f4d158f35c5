"""Publishing again: what a publication leaves open stays as the repository has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from ..errors import shown
from ..recipe import PromptSettings
from .publication import Publication, check_styles, checked_prompts
from .recipe import Recipe

__all__ = ["changes", "keep_published", "kept"]

_PROMPTS = tuple(each.name for each in fields(PromptSettings))
_OPEN = ("epochs", "wordings")


def keep_published(publication: Publication, old: Recipe | None) -> Publication:
    """The publication with the values of a repository for what it does not state.

    Raises:
        PublicationError: If a task has no instructions of the styles that the repository has.
        PoolError: If the pool has none at all.
        UnknownNameError: If the repository has a strategy or style that this version does not know.
    """
    if old is None:
        return publication
    given = {name: getattr(publication.prompts, name) for name in _PROMPTS if name in publication.stated}
    whole = replace(
        publication,
        prompts=checked_prompts(replace(old.prompts, **given)),
        variants=_variants(publication, old),
        **{name: getattr(old, name) for name in _OPEN if getattr(publication, name) is None},
    )
    check_styles(whole)
    return whole


def _variants(publication: Publication, old: Recipe) -> int:
    before = old.configs.get(publication.augmented)
    return publication.variants if before is None or "variants" in publication.stated else before.variants


def changes(publication: Publication, old: Recipe) -> Iterator[str]:
    """The settings that a publication changes, with both values."""
    for name, before, after in _settings(publication, old):
        if before != after:
            yield f"{name} from {_value(before)} to {_value(after)}"


def kept(publication: Publication, old: Recipe) -> Iterator[str]:
    """The settings of prompts that stay as the repository has them, other than the defaults."""
    for name in _PROMPTS:
        value = getattr(old.prompts, name)
        if name not in publication.stated and value != getattr(PromptSettings(), name):
            yield f"{name} {_value(value)}"


def _settings(publication: Publication, old: Recipe) -> Iterator[tuple[str, Any, Any]]:
    for name in _PROMPTS:
        yield name, getattr(old.prompts, name), getattr(publication.prompts, name)
    for name in _OPEN:
        yield name, getattr(old, name), getattr(publication, name)


def _value(value: Any) -> str:
    """A value as a person reads it; styles or a number that select nothing are `all`."""
    return "all" if value is None else value if isinstance(value, str) else shown(value)
