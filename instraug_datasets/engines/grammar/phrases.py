"""Finds the phrases of a text to which a rule applies, and rewrites some of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ...hashing import fold
from .protected_spans import PROTECTED_CHARACTERS
from .rules import Grammar, Pattern, Rule

__all__ = ["PhraseMatch", "find_phrases", "fix_article", "overlaps", "replace_phrases"]

_STARTS = re.compile(rf"(?:\A|\n|[.?!] |[.?!][{PROTECTED_CHARACTERS}] )\Z")
_ARTICLE = re.compile(r"\b([Aa])n? \Z")
_VOWEL = re.compile(r"(?!(?:one|once|uni|use|usa|usu|eu)[a-z]*)[aeiou]|hour|honest", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """A phrase to which a rule applies.

    Attributes:
        outputs: Possible replacements, grouped by form.
        slots: The text that each slot of the rule matched.
        capital: Whether the replacement starts with a capital letter.
        key: A hash of rule and position, for random choices.
        replaced: Whether every variant rewrites the phrase.
    """

    start: int
    end: int
    rule: Rule
    outputs: tuple[tuple[str, ...], ...]
    slots: Mapping[str, str]
    capital: bool
    key: int
    replaced: bool


def find_phrases(text: str, grammar: Grammar) -> list[PhraseMatch]:
    """Return the phrases of a protected text to which rules apply, ordered by start, longer ones first."""
    words = frozenset(re.findall(r"\w+", text.casefold()))
    found: dict[tuple[int, int, str], PhraseMatch] = {}
    for word in ("", *sorted(words)):
        for pattern in grammar.patterns.get(word, ()):
            if pattern.words <= words and pattern.rule.needs.search(text):
                for match in pattern.regex.finditer(text):
                    phrase = _phrase_match(match, pattern)
                    if phrase.outputs:
                        found.setdefault((phrase.start, phrase.end, pattern.rule.name), phrase)
    return sorted(found.values(), key=lambda phrase: (phrase.start, -phrase.end, phrase.rule.name))


def replace_phrases(text: str, choices: Sequence[tuple[PhraseMatch, str]]) -> str:
    """Replace each chosen phrase by its output; the phrases must not overlap."""
    for phrase, output in sorted(choices, key=lambda choice: -choice[0].start):
        before, after = text[: phrase.start], text[phrase.end :]
        text = fix_article(before, text[phrase.start : phrase.end], _written(phrase, output)) + after
    return text


def fix_article(before: str, old: str, new: str) -> str:
    """Return `before + new`, with a final article of `before` (`a` or `an`) adapted to the new word."""
    if bool(_VOWEL.match(old)) != bool(_VOWEL.match(new)):
        before = _ARTICLE.sub(r"\1n " if _VOWEL.match(new) else r"\1 ", before)
    return before + new


def _phrase_match(match: re.Match[str], pattern: Pattern) -> PhraseMatch:
    rule = pattern.rule
    at_start = bool(_STARTS.search(match.string[: match.start()])) or _after_protected_span(match)
    usable = (
        tuple(form for form in forms if (at_start or form[0] != "^") and form.strip("^$") != match[0])
        for forms in rule.outputs
    )
    slots = match.groupdict()
    capital = at_start if not match[0][0].isalpha() else match[0][0].isupper()
    slots = {name: _lowered(value) if match.start(name) == match.start() else value for name, value in slots.items()}
    key = fold(rule.name, match.start(), match.end())
    outputs = tuple(forms for forms in usable if forms)
    replaced = pattern.form in rule.replaced
    return PhraseMatch(match.start(), match.end(), rule, outputs, slots, capital, key, replaced)


def _after_protected_span(match: re.Match[str]) -> bool:
    return bool(re.search(rf"[{PROTECTED_CHARACTERS}] \Z", match.string[: match.start()])) and match[0][0].isupper()


def _written(phrase: PhraseMatch, output: str) -> str:
    text = output.strip("^$")
    for name, value in phrase.slots.items():
        text = text.replace(f"<{name}>", value)
    text = re.sub(r"(?<=[.?!] )[a-z]", lambda match: match[0].upper(), text)
    return text[0].upper() + text[1:] if phrase.capital else _lowered(text)


@cache
def _lowered(text: str) -> str:
    return text if re.match(r"I\b|[A-Z]{2}", text) else text[:1].lower() + text[1:]


def overlaps(phrase: PhraseMatch, others: Iterable[PhraseMatch]) -> bool:
    """Whether a phrase overlaps one of the others."""
    return any(phrase.start < other.end and other.start < phrase.end for other in others)
