"""Protects placeholders, literal braces and quotations from rules: each is replaced by one private-use character."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...records import FIELDS

__all__ = ["PROTECTED_CHARACTERS", "ProtectedText", "protect_spans", "span_pattern"]

_FIRST, _WIDTH = 0xE000, 450
_KINDS = (*FIELDS, "other", "quoted", "literal")
# All kinds fit into Unicode's private use area of 6400 characters.
PROTECTED_CHARACTERS = "\ue000-\uf8ff"
"""The range of characters that stand for protected spans, for use in a regular expression's character class."""

_SPAN_PATTERNS = (
    r"(?P<literal>\{\{.*?\}\})",
    r'(?P<quoted>"\{\w+\}")',
    r"\{(?P<field>\w+)\}",
    r'(?P<words>"[^"\n]*")',
)


@dataclass(frozen=True, slots=True)
class ProtectedText:
    """A text whose protected spans are replaced by single characters.

    Attributes:
        text: The text that rules may change.
        spans: The original span by its character.
    """

    text: str
    spans: dict[str, str]

    def restore(self, text: str) -> str:
        """Put the protected spans back into a text."""
        return text.translate({ord(char): piece for char, piece in self.spans.items()})


def protect_spans(text: str, *, keep: Iterable[str] = ()) -> ProtectedText | None:
    """Protect placeholders, `{{...}}`, quotations and the phrases `keep`; None if there are too many."""
    if re.search(f"[{PROTECTED_CHARACTERS}]", text):
        return None
    phrases = "|".join(rf"\b{re.escape(phrase)}\b" for phrase in keep)
    pattern = re.compile("|".join((*_SPAN_PATTERNS, rf"(?P<phrase>{phrases or '(?!)'})")), re.DOTALL | re.IGNORECASE)
    counts = dict.fromkeys(_KINDS, 0)
    spans: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        kind = _kind(match)
        char = chr(_base(kind) + min(counts[kind], _WIDTH - 1))
        counts[kind] += 1
        spans[char] = match[0]
        return char

    hidden = pattern.sub(replace, text)
    return ProtectedText(hidden, spans) if max(counts.values()) < _WIDTH else None


def span_pattern(kind: str) -> str:
    """Return a regular expression for one protected span: of a field, `quoted`, `literal`, or `field` for any span."""
    if kind == "field":
        return f"[{PROTECTED_CHARACTERS}]"
    return f"[{chr(_base(kind))}-{chr(_base(kind) + _WIDTH - 1)}]"


def _kind(match: re.Match[str]) -> str:
    if match["field"]:
        return match["field"] if match["field"] in FIELDS else "other"
    return "quoted" if match["quoted"] else "literal"


def _base(kind: str) -> int:
    return _FIRST + _KINDS.index(kind) * _WIDTH
