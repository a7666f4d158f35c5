"""Words for an image: a variant uses one of them throughout."""

from __future__ import annotations

import re
from functools import cache

from .rules import Grammar

__all__ = ["allowed_media_words", "find_media_words", "replace_media_words"]


def find_media_words(text: str, grammar: Grammar) -> frozenset[str]:
    """Return the words for an image that a text uses."""
    words = _media(tuple(grammar.media["becomes"])).finditer(text)
    return frozenset(match["word"].lower() for match in words)


def allowed_media_words(found: frozenset[str], grammar: Grammar) -> tuple[str, ...]:
    """Return the words that may replace all of `found`, in the order of the declared table."""
    allowed = [grammar.media["becomes"][word] for word in sorted(found)]
    return tuple(word for word in allowed[0] if all(word in others for others in allowed)) if allowed else ()


def replace_media_words(text: str, word: str, grammar: Grammar) -> str:
    """Replace all words for an image by `word`."""

    def replace(match: re.Match[str]) -> str:
        article = f"{match['article']}{'n' if word[0] in 'aeiou' else ''} " if match["article"] else ""
        cased = word.capitalize() if match["word"][0].isupper() else word
        return article + cased + match["plural"]

    return _media(tuple(grammar.media["becomes"])).sub(replace, text)


@cache
def _media(words: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w'\u2019-])(?:(?P<article>a)n? )?(?P<word>{either})(?P<plural>s?)(?![\w-])", re.IGNORECASE
    )
