"""The body of a card: sections between marks are ours and are written anew; every word outside stays.

A mark holds the digest of what was written, so that a section that the owner has edited is known: it is kept, is the
owner's from then on, and a new one follows it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

__all__ = ["fill", "merge_body"]

_PLACE = re.compile(r"^<!-- section: (?P<name>[\w-]+) -->$", re.MULTILINE)
_SECTION = re.compile(
    r"^<!-- begin (?P<name>[\w-]+), written by instraug-datasets (?P<digest>[0-9a-f]{12}) -->\n"
    r"(?P<text>.*?)"
    r"^<!-- end (?P=name) -->$",
    re.DOTALL | re.MULTILINE,
)
_TITLE = re.compile(r"\A\s*# [^\n]*\n+")


def fill(template: str, sections: Mapping[str, str]) -> str:
    """A template with its sections in their places; a section without text leaves nothing."""
    filled = _PLACE.sub(lambda found: _marked(found["name"], sections.get(found["name"], "")), template)
    return re.sub(r"\n{3,}", "\n\n", filled)


def merge_body(old: str, template: str, sections: Mapping[str, str]) -> tuple[str, list[str]]:
    """The body with today's sections, and notes on what became of the old one."""
    if not old.strip():
        return fill(template, sections), []
    if not _SECTION.search(old):
        ours = fill(_TITLE.sub("", template), sections)
        return f"{old.rstrip()}\n\n{ours}", ["The card has no sections of ours yet; they are added at its end."]
    notes: list[str] = []

    def renewed(found: re.Match[str]) -> str:
        new = _marked(found["name"], sections.get(found["name"], ""))
        if found["digest"] == _digest(found["text"]):
            return new
        notes.append(f"The section {found['name']!r} of the card was edited: it stays, and the new one follows it.")
        return "\n\n".join(part for part in (found["text"].strip(), new) if part)

    merged = _SECTION.sub(renewed, old)
    present = {found["name"] for found in _SECTION.finditer(merged)}
    missing = [found["name"] for found in _PLACE.finditer(template) if found["name"] not in present]
    gone = [name for name in missing if sections.get(name)]
    if gone:
        # What an earlier publication had nothing to say about is new; what the owner removed cannot be told from it.
        merged = "\n\n".join([merged.rstrip(), *(_marked(name, sections[name]) for name in gone)]) + "\n"
        notes.append(f"Sections that the card lacks are added at its end: {', '.join(gone)}.")
    return merged, notes


def _marked(name: str, text: str) -> str:
    if not text.strip():
        return ""
    content = f"\n{text.strip()}\n\n"
    return f"<!-- begin {name}, written by instraug-datasets {_digest(content)} -->\n{content}<!-- end {name} -->"


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]
