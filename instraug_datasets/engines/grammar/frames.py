"""What is chosen once for a whole variant: its word for a picture, and how it gives its order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from .rules import Grammar

__all__ = ["fits", "framed", "media_found", "media_words", "with_media"]


def media_found(text: str, grammar: Grammar) -> frozenset[str]:
    """The words for a picture that a text uses."""
    words = _media(tuple(grammar.media["becomes"])).finditer(text)
    return frozenset(match["word"].lower() for match in words)


def media_words(found: frozenset[str], grammar: Grammar, *, rules: str) -> tuple[str, ...]:
    """The words that may stand in their place throughout; where a text mixes several, those that fit all of them."""
    allowed = [grammar.media["becomes"][word][rules] for word in sorted(found)]
    return tuple(word for word in allowed[0] if all(word in others for others in allowed)) if allowed else ()


def with_media(text: str, word: str, grammar: Grammar) -> str:
    """The text with that word for a picture throughout."""

    def replace(match: re.Match[str]) -> str:
        article = f"{match['article']}{'n' if word[0] in 'aeiou' else ''} " if match["article"] else ""
        cased = word.capitalize() if match["word"][0].isupper() else word
        return article + cased + match["plural"]

    return _media(tuple(grammar.media["becomes"])).sub(replace, text)


def fits(frame: Mapping[str, str], order: re.Match[str]) -> bool:
    """Whether an order may be put into that frame, given the words before it and its own."""
    before, sentence = order.string[: order.start()], order[0]
    return not any(
        re.search(frame[name], words)
        for name, words in (("unless", sentence), ("unless_before", before))
        if name in frame
    )


def framed(text: str, frame: Mapping[str, str], order: re.Match[str]) -> str:
    """The text with one of its orders put into a frame."""
    inner = order[0][0].lower() + order[0][1:].removesuffix(".")
    return text[: order.start()] + frame["text"].replace("<order>", inner) + text[order.end() :]


@cache
def _media(words: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w'\u2019-])(?:(?P<article>a)n? )?(?P<word>{either})(?P<plural>s?)(?![\w-])", re.IGNORECASE
    )
