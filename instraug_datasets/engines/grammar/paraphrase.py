"""Generates variants of an instruction with rules: deterministic, and the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...hashing import below, fold, mix
from .diversity_order import order_by_diversity
from .layout import reorder_blocks
from .media_words import allowed_media_words, find_media_words, replace_media_words
from .phrases import PhraseMatch, find_phrases, overlaps, replace_phrases
from .protected_spans import ProtectedText, protect_spans
from .rules import Grammar, load_grammar

__all__ = ["normalized", "variants"]

# More draws and more variants would recombine the same phrases.
_MAX_DRAWS, _MAX_DRAFTS, _MAX_VARIANTS = 150, 40, 15
_MAX_PHRASES = 3
_MAX_CHARACTERS = 4000
# The penalty per edit, relative to distances of 0 to 1: heavily edited variants sound unnatural.
_FREE_EDITS, _EDIT_COST = 2, 0.05
_REPEAT_COST = 0.05


class _Draft(NamedTuple):
    """An intermediate text, and the number of rules applied to it."""

    text: str
    edits: int


def variants(text: str, *, limit: int | None = None) -> list[str]:
    """Return variants of an instruction, ordered by diversity.

    Placeholders, `{{` and `}}`, and quotations are preserved, each with its number of occurrences. Variants differ from
    one another and from the instruction in more than the order of their words and the word for an image. The number of
    variants depends on how many rules apply; texts of more than 4000 characters have none.

    Args:
        limit: Maximum number of variants; None for all, at most 15.

    Example:
        >>> variants("Describe the image in one sentence.", limit=3)
    """
    grammar = load_grammar()
    protected = protect_spans(text, keep=grammar.media["keep"]) if len(text) <= _MAX_CHARACTERS else None
    if protected is None:
        return []
    costs = _distinct_drafts(protected, grammar)
    return order_by_diversity(costs, start=text, limit=_MAX_VARIANTS if limit is None else min(limit, _MAX_VARIANTS))


def normalized(text: str) -> str:
    """Return the text in lower case, without punctuation, and with single spaces."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _distinct_drafts(protected: ProtectedText, grammar: Grammar) -> dict[str, float]:
    """Return the penalty of each sound draft by its text; no two have the same words."""
    seen = {_words(protected.text, grammar)}
    costs: dict[str, float] = {}
    for draft in _drafts(protected.text, grammar):
        words = _words(draft.text, grammar)
        if words not in seen and _is_sound(draft.text, protected, grammar):
            seen.add(words)
            costs[protected.restore(draft.text)] = _cost(draft, protected.text)
        if len(costs) == _MAX_DRAFTS:
            break
    return costs


def _words(text: str, grammar: Grammar) -> tuple[str, ...]:
    """Return the words of a text in alphabetical order, with one word for an image."""
    canonical = replace_media_words(text, grammar.media["canonical"], grammar)
    return tuple(sorted(word for word in normalized(canonical).split() if word != "please"))


def _drafts(text: str, grammar: Grammar) -> Iterator[_Draft]:
    """Yield protected texts, possibly with repeats; each draw derives all its choices from one hash."""
    found = find_media_words(text, grammar)
    media = allowed_media_words(found, grammar) or ("",)
    canonical = replace_media_words(text, grammar.media["canonical"], grammar) if found else text
    bases = [(each, find_phrases(each, grammar)) for each in reorder_blocks(canonical, grammar)]
    seed = fold("grammar", text)
    for draw in range(_MAX_DRAWS):
        word = mix(seed ^ mix(draw))
        # Every other draft keeps the original order of its blocks.
        base, phrases = bases[below(mix(word + 1), len(bases))] if word % 2 else bases[0]
        draft = _rephrased(base, phrases, word)
        if draft.edits:
            polite = _add_please(draft.text, grammar, word)
            chosen = media[below(mix(word + 2), len(media))]
            yield draft._replace(text=replace_media_words(polite, chosen, grammar) if chosen else polite)


def _rephrased(text: str, phrases: list[PhraseMatch], word: int) -> _Draft:
    """Rewrite some of the phrases of a text, and all that no variant may keep."""
    count = 1 + below(mix(word + 3), _MAX_PHRASES)
    chosen: list[PhraseMatch] = []
    for phrase in sorted(phrases, key=lambda phrase: (not phrase.replaced, mix(word ^ phrase.key))):
        if (phrase.replaced or len(chosen) < count) and not overlaps(phrase, chosen):
            chosen.append(phrase)
    return _Draft(replace_phrases(text, [(phrase, _output(phrase, word)) for phrase in chosen]), len(chosen))


def _output(phrase: PhraseMatch, word: int) -> str:
    drawn = mix(word + 4 ^ phrase.key)
    forms = phrase.outputs[below(drawn, len(phrase.outputs))]
    return forms[below(mix(drawn), len(forms))]


def _add_please(text: str, grammar: Grammar, word: int) -> str:
    """Begin an imperative sentence with "Please" in one of eight texts."""
    orders = list(grammar.orders.finditer(text))
    if below(mix(word + 6), 8) or not orders:
        return text
    start = orders[below(mix(word + 7), len(orders))].start()
    return f"{text[:start]}Please {text[start].lower()}{text[start + 1 :]}"


def _is_sound(text: str, protected: ProtectedText, grammar: Grammar) -> bool:
    """Whether every protected span occurs exactly once, and no pattern of bad style matches."""
    spans = sorted(char for char in text if char in protected.spans)
    faults = (regex for regex in grammar.rejected if regex.search(text))
    return spans == sorted(protected.spans) and all(regex.search(protected.text) for regex in faults)


def _cost(draft: _Draft, origin: str) -> float:
    edits = max(0, draft.edits - _FREE_EDITS) * _EDIT_COST
    return edits + max(0, _repeats(draft.text) - _repeats(origin)) * _REPEAT_COST


def _repeats(text: str) -> int:
    """Count the repeated words of five letters or more."""
    words = [word for word in re.findall(r"\w+", text.casefold()) if len(word) > 4]
    return len(words) - len(set(words))
