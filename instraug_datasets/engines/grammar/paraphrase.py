"""Variants of an instruction by rule: no model, no chance but hashing, the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...errors import UnknownNameError
from ...hashing import below, fold, mix
from .diversity_order import spread
from .frames import fits, framed, media_found, media_words, with_media
from .layout import layouts
from .phrases import Site, find_sites, overlapping, replaced
from .protected_spans import Shielded, hide
from .rules import RULE_SETS, Grammar, load_grammar

__all__ = ["normalized", "variants"]

# From this many draws come, for most texts, as many variants as anybody wants; the rest would be more of the same.
_DRAWS, _ENOUGH = 480, 120
_MOST_SITES = 4
_LONGEST = 4000
# What an edit costs, beside a distance between texts of 0 to 1: after a few, a text is no longer the author's.
_FREE_EDITS, _EDIT_COST = 3, 0.05
_REPEAT_COST = 0.05


class _Draft(NamedTuple):
    """A text in the making, and how many rules went into it."""

    text: str
    edits: int


def variants(text: str, *, rules: str = "train", limit: int | None = None) -> list[str]:
    """Other wordings of an instruction, the most varied first.

    Placeholders, `{{` and `}}`, and quotations come through unchanged, each as often as it was there. No two are the
    same in `normalized` form, and none is the instruction itself. A text to which few rules apply has few variants, and
    one to which none applies, or of more than 4000 characters, has none.

    Args:
        rules: The rule set: `train`, or `heldout` for wordings that `train` cannot give.
        limit: The most to give; all of them, up to 120, if None.

    Raises:
        UnknownNameError: There is no such rule set.
    """
    if rules not in RULE_SETS:
        raise UnknownNameError("rule set", rules, RULE_SETS)
    grammar = load_grammar()
    shielded = hide(text, keep=grammar.media["keep"]) if len(text) <= _LONGEST else None
    if shielded is None:
        return []
    costs = _distinct(shielded, grammar, rules=rules)
    return spread(costs, start=text, limit=limit)


def normalized(text: str) -> str:
    """The text without case, punctuation and the kind of its white space."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _distinct(shielded: Shielded, grammar: Grammar, *, rules: str) -> dict[str, float]:
    """What speaks against each draft, by its text: sound ones, no two the same in normalised form."""
    seen = {normalized(shielded.reveal(shielded.text))}
    costs: dict[str, float] = {}
    for draft in _drafts(shielded.text, grammar, rules=rules):
        variant = shielded.reveal(draft.text)
        if variant in costs or (short := normalized(variant)) in seen:
            continue
        if _sound(draft.text, shielded, grammar):
            seen.add(short)
            costs[variant] = _cost(draft, shielded.text)
        if len(costs) == _ENOUGH:
            break
    return costs


def _drafts(text: str, grammar: Grammar, *, rules: str) -> Iterator[_Draft]:
    """Hidden texts, drawn one after the other, with repeats; each draw has a word of chance for all its choices."""
    found = media_found(text, grammar)
    media = media_words(found, grammar, rules=rules) or ("",)
    canonical = with_media(text, grammar.media["canonical"], grammar) if found else text
    bases = [(each, find_sites(each, grammar, rules=rules)) for each in layouts(canonical, grammar)]
    seed = fold("grammar", rules, text)
    for draw in range(_DRAWS):
        word = mix(seed ^ mix(draw))
        # Every other draft keeps its blocks where they are.
        base, sites = bases[below(mix(word + 1), len(bases))] if word % 2 else bases[0]
        draft = _framed(_rephrased(base, sites, word), grammar, word, rules=rules)
        if draft.edits or (base is not bases[0][0] and rules == "train"):
            chosen = media[below(mix(word + 2), len(media))]
            yield draft._replace(text=with_media(draft.text, chosen, grammar)) if chosen else draft


def _rephrased(text: str, sites: list[Site], word: int) -> _Draft:
    """The text with some of its sites rewritten."""
    most = 1 + below(mix(word + 3), _MOST_SITES)
    chosen: list[Site] = []
    for site in sorted(sites, key=lambda site: mix(word ^ site.key)):
        if len(chosen) < most and not overlapping(site, chosen):
            chosen.append(site)
    return _Draft(replaced(text, [(site, _output(site, word)) for site in chosen]), len(chosen))


def _output(site: Site, word: int) -> str:
    drawn = mix(word + 4 ^ site.key)
    forms = site.outputs[below(drawn, len(site.outputs))]
    return forms[below(mix(drawn), len(forms))]


def _framed(draft: _Draft, grammar: Grammar, word: int, *, rules: str) -> _Draft:
    """The draft, or one in four with its order in a frame."""
    frame = grammar.frames[rules][below(mix(word + 6), len(grammar.frames[rules]))]
    orders = [order for order in grammar.orders.finditer(draft.text) if fits(frame, order)]
    if below(mix(word + 7), 4) or not orders:
        return draft
    return _Draft(framed(draft.text, frame, orders[below(mix(word + 8), len(orders))]), draft.edits + 1)


def _sound(text: str, shielded: Shielded, grammar: Grammar) -> bool:
    """Whether every hidden piece is there once, and nothing that a careful writer would not let stand."""
    pieces = sorted(char for char in text if char in shielded.pieces)
    faults = (regex for regex in grammar.rejected if regex.search(text))
    return pieces == sorted(shielded.pieces) and all(regex.search(shielded.text) for regex in faults)


def _cost(draft: _Draft, origin: str) -> float:
    edits = max(0, draft.edits - _FREE_EDITS) * _EDIT_COST
    return edits + max(0, _repeats(draft.text) - _repeats(origin)) * _REPEAT_COST


def _repeats(text: str) -> int:
    """How many words of five letters or more stand there again."""
    words = [word for word in re.findall(r"\w+", text.casefold()) if len(word) > 4]
    return len(words) - len(set(words))
