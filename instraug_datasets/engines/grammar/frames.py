"""Choices made once per variant: its word for an image, and the frame around an imperative sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from .rules import Grammar

__all__ = ["allowed_media_words", "apply_frame", "find_media_words", "frame_fits", "replace_media_words"]


def find_media_words(text: str, grammar: Grammar) -> frozenset[str]:
    """Return the words for an image that a text uses."""
    words = _media(tuple(grammar.media["becomes"])).finditer(text)
    return frozenset(match["word"].lower() for match in words)


def allowed_media_words(found: frozenset[str], grammar: Grammar, *, rules: str) -> tuple[str, ...]:
    """Return the words that may replace all of `found`, in the order of the declared table."""
    allowed = [grammar.media["becomes"][word][rules] for word in sorted(found)]
    return tuple(word for word in allowed[0] if all(word in others for others in allowed)) if allowed else ()


def replace_media_words(text: str, word: str, grammar: Grammar) -> str:
    """Replace all words for an image by `word`."""

    def replace(match: re.Match[str]) -> str:
        article = f"{match['article']}{'n' if word[0] in 'aeiou' else ''} " if match["article"] else ""
        cased = word.capitalize() if match["word"][0].isupper() else word
        return article + cased + match["plural"]

    return _media(tuple(grammar.media["becomes"])).sub(replace, text)


def frame_fits(frame: Mapping[str, str], imperative: re.Match[str]) -> bool:
    """Whether a frame may be put around an imperative sentence, given the sentence and the text before it."""
    before, sentence = imperative.string[: imperative.start()], imperative[0]
    return not any(
        re.search(frame[name], words)
        for name, words in (("unless", sentence), ("unless_before", before))
        if name in frame
    )


def apply_frame(text: str, frame: Mapping[str, str], imperative: re.Match[str]) -> str:
    """Put a frame around one imperative sentence of a text."""
    inner = imperative[0][0].lower() + imperative[0][1:].removesuffix(".")
    return text[: imperative.start()] + frame["text"].replace("<order>", inner) + text[imperative.end() :]


@cache
def _media(words: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w'\u2019-])(?:(?P<article>a)n? )?(?P<word>{either})(?P<plural>s?)(?![\w-])", re.IGNORECASE
    )
