"""The words of an instruction, without its placeholders."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ..errors import InstrAugError
from ..templates import Template, parse

__all__ = ["normalize", "try_parse", "without_placeholders", "words"]

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


@lru_cache(maxsize=8192)
def try_parse(text: str) -> Template | None:
    """Parse a template; None if the text is not a valid one."""
    try:
        return parse(text)
    except InstrAugError:
        return None


def without_placeholders(text: str, *, keep_names: bool = False) -> str:
    """Remove placeholders from a text, or with `keep_names` replace them by their names."""
    template = try_parse(text)
    if template is None:  # masked by letters, or malformed
        return re.sub(r"\{\w*\}", " ", text)
    names = template.names if keep_names else ("",) * len(template.names)
    return template.literals[0] + "".join(
        f" {name} {after}" for name, after in zip(names, template.literals[1:], strict=True)
    )


def words(text: str, *, keep_names: bool = False) -> list[str]:
    """Return the words of an instruction in lower case."""
    return [
        word.replace("\u2019", "'")
        for word in _WORD.findall(without_placeholders(text, keep_names=keep_names).casefold())
    ]


def normalize(text: str) -> str:
    """Normalize a text for comparison: ignores case, punctuation, white space and character width.

    Example:
        >>> normalize("Answer:  {question}!")
        'answer {question}'
    """
    # Placeholders keep their braces, which distinguish them from the same word.
    tokens = re.findall(r"\{\w+\}|[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(tokens)
