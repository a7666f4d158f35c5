"""The words of an instruction, without its placeholders."""

from __future__ import annotations

import re
import unicodedata

from ..errors import InstrAugError
from ..templates import Template, parse

__all__ = ["normalize", "prose", "template_of", "words"]

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def template_of(text: str) -> Template | None:
    """The template, or None for a text that is none."""
    try:
        return parse(text)
    except InstrAugError:
        return None


def prose(text: str, *, slots: bool = False) -> str:
    """The text between the placeholders; with `slots`, their names stand where they are."""
    template = template_of(text)
    if template is None:  # masked by letters, or damaged
        return re.sub(r"\{\w*\}", " ", text)
    names = template.names if slots else ("",) * len(template.names)
    return template.literals[0] + "".join(
        f" {name} {after}" for name, after in zip(names, template.literals[1:], strict=True)
    )


def words(text: str, *, slots: bool = False) -> list[str]:
    """The words of an instruction, in lower case."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(prose(text, slots=slots).casefold())]


def normalize(text: str) -> str:
    """The text without what does not make another wording: case, punctuation, white space, width of characters."""
    # Placeholders count: their braces set them apart from the same word.
    tokens = re.findall(r"\{\w+\}|[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(tokens)
