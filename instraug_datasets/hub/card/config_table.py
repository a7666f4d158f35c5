"""The section on configs: what each is for, how many examples its splits have, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..licences import LEFT_OUT, REFERENCES, WHOLE
from ..naming import DEFAULT, INSTRUCTIONS, Configs, in_order
from ..recipe import ConfigFacts, Recipe
from .markdown import joined, number, table

__all__ = ["configs_section"]

_ROLES = {"train": "training", "eval": "evaluation"}
_PICTURES = {frozenset({WHOLE}): "yes", frozenset({REFERENCES}): "references"}


def configs_section(configs: Configs, recipe: Recipe) -> str:
    """The section as Markdown; the default config stands first, with the sums of what it loads."""
    known = {name: recipe.configs[name] for name in configs if name in recipe.configs}
    splits = in_order(split for facts in known.values() for split in facts.splits)
    rows = [
        _row(name, facts, splits, ", ".join(f"`{source}`" for source in _published(facts)))
        for name, facts in known.items()
    ]
    if rows and DEFAULT in configs:
        rows.insert(0, _row(DEFAULT, _of_training(known), splits, "those of every config for training"))
    notes = []
    if DEFAULT in configs:
        notes.append(f"`{DEFAULT}` is every config for training together; it is what loads without a name.")
    if INSTRUCTIONS in configs:
        notes.append(f"`{INSTRUCTIONS}` is the pool of instructions.")
    if recipe.augmented:
        names = ", ".join(f"`{name}`" for name in recipe.augmented)
        notes.append(
            f"{names}: each example of training several times, with its prompts written out (ids end in `#k`)."
        )
    heads = ["config", "for", *splits, "pictures", "sources"]
    return joined("## Configs", " ".join(notes), table(heads, rows) if rows else "")


def _row(name: str, facts: ConfigFacts, splits: Sequence[str], sources: str) -> list[str]:
    counts = [number(facts.splits.get(split)) for split in splits]
    outcomes = frozenset(_published(facts).values())
    return [f"`{name}`", _role(facts), *counts, _PICTURES.get(outcomes, "in part"), sources]


def _of_training(known: Mapping[str, ConfigFacts]) -> ConfigFacts:
    """What all configs for training amount to together."""
    each = [facts for facts in known.values() if facts.role == "train"]
    splits = dict.fromkeys(split for facts in each for split in facts.splits)
    return ConfigFacts(
        role="train",
        splits={split: sum(facts.splits.get(split, 0) for facts in each) for split in splits},
        # A source is left out of a task or not for its terms, which are the same in every task.
        sources={source: outcome for facts in each for source, outcome in facts.sources.items()},
    )


def _published(facts: ConfigFacts) -> dict[str, str]:
    return {source: outcome for source, outcome in facts.sources.items() if outcome != LEFT_OUT}


def _role(facts: ConfigFacts) -> str:
    if facts.variants:
        return f"training, {facts.variants} wordings written out"
    return _ROLES.get(facts.role, facts.role)
