"""A whole card: from a template where there is none, else from the one that is there."""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from string import Template

from ...errors import PublicationError
from .front_matter import merge_front_matter, split_card
from .section_merge import merge_body
from .section_texts import CardFacts, sections_of

__all__ = ["Merged", "merge_card"]

TEMPLATES = "instraug_datasets.hub_cards"
POOLS = "pools"


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of a card, and what a person should know of how it came about."""

    text: str
    notes: tuple[str, ...]


def merge_card(old: str | None, facts: CardFacts, *, folders: tuple[str, ...]) -> Merged:
    """The card of a repository after a publication.

    Args:
        old: The card that is there; None for none.
        folders: The folders of the repository that are ours.

    Raises:
        PublicationError: If the front matter of the old card cannot be read.
    """
    template_front, template_body = split_card(_template(facts))
    newline = "\r\n" if old and "\r\n" in old else "\n"
    old_front, old_body = split_card((old or "").replace("\r\n", "\n"))
    if old and not old_front and old.lstrip().startswith("---"):
        raise PublicationError("The card begins with `---`, but its front matter has no end. Repair README.md first.")
    front, front_notes = merge_front_matter(old_front, template_front, facts.configs, folders=folders)
    body, body_notes = merge_body(old_body, template_body, sections_of(facts))
    text = f"---\n{front}---\n{body}"
    return Merged(text.replace("\n", newline), (*front_notes, *body_notes))


def _template(facts: CardFacts) -> str:
    folder = importlib.resources.files(TEMPLATES)
    name = facts.recipe.benchmark if facts.sample is not None or facts.recipe.configs else POOLS
    file = folder / f"{name or 'own'}.md"
    if not file.is_file():
        file = folder / "own.md"
    title = facts.repo_id.rpartition("/")[2]
    return Template(file.read_text(encoding="utf-8")).safe_substitute(repo_id=facts.repo_id, title=title)
