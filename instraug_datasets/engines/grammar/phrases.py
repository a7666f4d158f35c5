"""Finds the places of a text where a phrase rule applies, and rewrites some of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ...hashing import fold
from .protected_spans import OPAQUE
from .rules import Grammar, Rule

__all__ = ["Site", "find_sites", "overlapping", "replaced", "with_article"]

_STARTS = re.compile(rf"(?:\A|\n|[.?!] |[.?!][{OPAQUE}] )\Z")
_ARTICLE = re.compile(r"\b([Aa])n? \Z")
_VOWEL = re.compile(r"(?!(?:one|once|uni|use|usa|usu|eu)[a-z]*)[aeiou]|hour|honest", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a rule applies.

    Attributes:
        outputs: What may be written there, by form.
        slots: What the rule's slots hold there.
        key: A number of its own, for drawing lots.
    """

    start: int
    end: int
    rule: Rule
    outputs: tuple[tuple[str, ...], ...]
    slots: Mapping[str, str]
    capital: bool
    key: int


def find_sites(text: str, grammar: Grammar, *, rules: str) -> list[Site]:
    """Where the phrase rules apply to a hidden text, the longer place first where one rule has several that overlap."""
    words = frozenset(re.findall(r"\w+", text.casefold()))
    found: dict[tuple[int, int, str], Site] = {}
    for word in ("", *sorted(words)):
        for pattern in grammar.patterns.get(word, ()):
            if pattern.words <= words and pattern.rule.needs.search(text):
                for match in pattern.regex.finditer(text):
                    site = _site(match, pattern.rule, rules)
                    if site.outputs:
                        found.setdefault((site.start, site.end, pattern.rule.name), site)
    return sorted(found.values(), key=lambda site: (site.start, -site.end, site.rule.name))


def replaced(text: str, choices: Sequence[tuple[Site, str]]) -> str:
    """The text with each chosen site, none overlapping another, rewritten."""
    for site, output in sorted(choices, key=lambda choice: -choice[0].start):
        before, after = text[: site.start], text[site.end :]
        text = with_article(before, text[site.start : site.end], _written(site, output)) + after
    return text


def with_article(before: str, old: str, new: str) -> str:
    """`before + new`, with `a` and `an` at the end of `before` made to fit the new word."""
    if bool(_VOWEL.match(old)) != bool(_VOWEL.match(new)):
        before = _ARTICLE.sub(r"\1n " if _VOWEL.match(new) else r"\1 ", before)
    return before + new


def _site(match: re.Match[str], rule: Rule, rules: str) -> Site:
    at_start = bool(_STARTS.search(match.string[: match.start()])) or _after_piece(match)
    usable = (
        tuple(form for form in forms if (at_start or form[0] != "^") and form.strip("^$") != match[0])
        for form_group in (rule.outputs[rules],)
        for forms in form_group
    )
    slots = match.groupdict()
    capital = at_start if not match[0][0].isalpha() else match[0][0].isupper()
    slots = {name: _lowered(value) if match.start(name) == match.start() else value for name, value in slots.items()}
    key = fold(rule.name, match.start(), match.end())
    return Site(match.start(), match.end(), rule, tuple(forms for forms in usable if forms), slots, capital, key)


def _after_piece(match: re.Match[str]) -> bool:
    return bool(re.search(rf"[{OPAQUE}] \Z", match.string[: match.start()])) and match[0][0].isupper()


def _written(site: Site, output: str) -> str:
    text = output.strip("^$")
    for name, value in site.slots.items():
        text = text.replace(f"<{name}>", value)
    text = re.sub(r"(?<=[.?!] )[a-z]", lambda match: match[0].upper(), text)
    return text[0].upper() + text[1:] if site.capital else _lowered(text)


@cache
def _lowered(text: str) -> str:
    return text if re.match(r"I\b|[A-Z]{2}", text) else text[:1].lower() + text[1:]


def overlapping(site: Site, others: Iterable[Site]) -> bool:
    """Whether a site shares a character with one of the others."""
    return any(site.start < other.end and other.start < site.end for other in others)
