"""Keeps placeholders, literal braces and quotations out of reach: each becomes one character that no rule can touch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...records import FIELDS

__all__ = ["OPAQUE", "Shielded", "hide", "kind_class"]

_FIRST, _WIDTH = 0xE000, 450
_KINDS = (*FIELDS, "other", "quoted", "literal")
# All kinds fit into Unicode's private use area, 6400 characters that no text has a right to contain.
OPAQUE = "\ue000-\uf8ff"
"""The hidden pieces, as the inside of a regular expression's character class."""

_PIECES = (
    r"(?P<literal>\{\{.*?\}\})",
    r'(?P<quoted>"\{\w+\}")',
    r"\{(?P<field>\w+)\}",
    r'(?P<words>"[^"\n]*")',
)


@dataclass(frozen=True, slots=True)
class Shielded:
    """A text whose untouchable pieces are single characters.

    Attributes:
        text: What rules may work on.
        pieces: What each character stands for.
    """

    text: str
    pieces: dict[str, str]

    def reveal(self, text: str) -> str:
        """The text with its pieces back in place."""
        return text.translate({ord(char): piece for char, piece in self.pieces.items()})


def hide(text: str, *, keep: Iterable[str] = ()) -> Shielded | None:
    """The text with placeholders, `{{...}}`, quotations and the phrases `keep` hidden; None if there are too many."""
    if re.search(f"[{OPAQUE}]", text):
        return None
    phrases = "|".join(rf"\b{re.escape(phrase)}\b" for phrase in keep)
    pattern = re.compile("|".join((*_PIECES, rf"(?P<phrase>{phrases or '(?!)'})")), re.DOTALL | re.IGNORECASE)
    counts = dict.fromkeys(_KINDS, 0)
    pieces: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        kind = _kind(match)
        char = chr(_base(kind) + min(counts[kind], _WIDTH - 1))
        counts[kind] += 1
        pieces[char] = match[0]
        return char

    hidden = pattern.sub(replace, text)
    return Shielded(hidden, pieces) if max(counts.values()) < _WIDTH else None


def kind_class(kind: str) -> str:
    """The regular expression for one hidden piece: a field's name, `quoted`, `literal`, or `field` for any of them."""
    if kind == "field":
        return f"[{OPAQUE}]"
    return f"[{chr(_base(kind))}-{chr(_base(kind) + _WIDTH - 1)}]"


def _kind(match: re.Match[str]) -> str:
    if match["field"]:
        return match["field"] if match["field"] in FIELDS else "other"
    return "quoted" if match["quoted"] else "literal"


def _base(kind: str) -> int:
    return _FIRST + _KINDS.index(kind) * _WIDTH
