"""Generates variants of an instruction with rules: deterministic, and the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...errors import UnknownNameError
from ...hashing import below, fold, mix
from .diversity_order import order_by_diversity
from .frames import allowed_media_words, apply_frame, find_media_words, frame_fits, replace_media_words
from .layout import reorder_blocks
from .phrases import PhraseMatch, find_phrases, overlaps, replace_phrases
from .protected_spans import ProtectedText, protect_spans
from .rules import RULE_SETS, Grammar, load_grammar

__all__ = ["normalized", "variants"]

# For most texts this number of draws gives enough variants; more draws would give similar ones.
_MAX_DRAWS, _MAX_VARIANTS = 480, 120
_MAX_PHRASES = 4
_MAX_CHARACTERS = 4000
# The penalty per edit, relative to distances of 0 to 1: heavily edited variants sound unnatural.
_FREE_EDITS, _EDIT_COST = 3, 0.05
_REPEAT_COST = 0.05


class _Draft(NamedTuple):
    """An intermediate text, and the number of rules applied to it."""

    text: str
    edits: int


def variants(text: str, *, rules: str = "train", limit: int | None = None) -> list[str]:
    """Return variants of an instruction, ordered by diversity.

    Placeholders, `{{` and `}}`, and quotations are preserved, each with its number of occurrences. Variants differ from
    one another and from the instruction in `normalized` form. The number of variants depends on how many rules apply;
    texts of more than 4000 characters have none.

    Args:
        rules: The rule set: `train`, or `heldout` for wordings that `train` never produces.
        limit: Maximum number of variants; None for all, at most 120.

    Raises:
        UnknownNameError: Raised if the rule set is unknown.

    Example:
        >>> variants("Describe the image in one sentence.", limit=3)
    """
    if rules not in RULE_SETS:
        raise UnknownNameError("rule set", rules, RULE_SETS)
    grammar = load_grammar()
    protected = protect_spans(text, keep=grammar.media["keep"]) if len(text) <= _MAX_CHARACTERS else None
    if protected is None:
        return []
    costs = _distinct_drafts(protected, grammar, rules=rules)
    return order_by_diversity(costs, start=text, limit=limit)


def normalized(text: str) -> str:
    """Return the text in lower case, without punctuation, and with single spaces."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _distinct_drafts(protected: ProtectedText, grammar: Grammar, *, rules: str) -> dict[str, float]:
    """Return the penalty of each sound draft by its text; no two are equal in normalized form."""
    seen = {normalized(protected.restore(protected.text))}
    costs: dict[str, float] = {}
    for draft in _drafts(protected.text, grammar, rules=rules):
        variant = protected.restore(draft.text)
        if variant in costs or (key := normalized(variant)) in seen:
            continue
        if _is_sound(draft.text, protected, grammar):
            seen.add(key)
            costs[variant] = _cost(draft, protected.text)
        if len(costs) == _MAX_VARIANTS:
            break
    return costs


def _drafts(text: str, grammar: Grammar, *, rules: str) -> Iterator[_Draft]:
    """Yield protected texts, possibly with repeats; each draw derives all its choices from one hash."""
    found = find_media_words(text, grammar)
    media = allowed_media_words(found, grammar, rules=rules) or ("",)
    canonical = replace_media_words(text, grammar.media["canonical"], grammar) if found else text
    bases = [(each, find_phrases(each, grammar, rules=rules)) for each in reorder_blocks(canonical, grammar)]
    seed = fold("grammar", rules, text)
    for draw in range(_MAX_DRAWS):
        word = mix(seed ^ mix(draw))
        # Every other draft keeps the original order of its blocks.
        base, phrases = bases[below(mix(word + 1), len(bases))] if word % 2 else bases[0]
        draft = _apply_frame(_rephrased(base, phrases, word), grammar, word, rules=rules)
        if draft.edits or (base is not bases[0][0] and rules == "train"):
            chosen = media[below(mix(word + 2), len(media))]
            yield draft._replace(text=replace_media_words(draft.text, chosen, grammar)) if chosen else draft


def _rephrased(text: str, phrases: list[PhraseMatch], word: int) -> _Draft:
    """Rewrite some of the phrases of a text."""
    count = 1 + below(mix(word + 3), _MAX_PHRASES)
    chosen: list[PhraseMatch] = []
    for phrase in sorted(phrases, key=lambda phrase: mix(word ^ phrase.key)):
        if len(chosen) < count and not overlaps(phrase, chosen):
            chosen.append(phrase)
    return _Draft(replace_phrases(text, [(phrase, _output(phrase, word)) for phrase in chosen]), len(chosen))


def _output(phrase: PhraseMatch, word: int) -> str:
    drawn = mix(word + 4 ^ phrase.key)
    forms = phrase.outputs[below(drawn, len(phrase.outputs))]
    return forms[below(mix(drawn), len(forms))]


def _apply_frame(draft: _Draft, grammar: Grammar, word: int, *, rules: str) -> _Draft:
    """Put a frame around an imperative sentence in one of four drafts."""
    frame = grammar.frames[rules][below(mix(word + 6), len(grammar.frames[rules]))]
    orders = [order for order in grammar.orders.finditer(draft.text) if frame_fits(frame, order)]
    if below(mix(word + 7), 4) or not orders:
        return draft
    return _Draft(apply_frame(draft.text, frame, orders[below(mix(word + 8), len(orders))]), draft.edits + 1)


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
