"""Filters on form: characters, placeholders, length, repetition, echoes and duplicates."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from .candidate import KEEP, Candidate, Context, Verdict, drop
from .words import normalize, template_of, words

__all__ = [
    "duplicate",
    "echo",
    "empty",
    "length",
    "near_duplicate",
    "placeholders",
    "readable",
    "repetition",
    "unanswerable",
]

_LONGEST = 4000
_LONGEST_WORD = 40
_TIMES = 3
_DISTINCT_SHARE = 0.4


def readable(candidate: Candidate, _: Context) -> Verdict:
    """Drops texts with control, private or replacement characters, endless words, or no end."""
    text = candidate.text
    if len(text) > _LONGEST:
        return drop("too_long")
    bad = any(_is_unreadable(character) for character in text)
    return drop("unreadable") if bad or any(len(word) > _LONGEST_WORD for word in words(text)) else KEEP


def _is_unreadable(character: str) -> bool:
    if character == "\n":
        return False
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs")


def placeholders(candidate: Candidate, _: Context) -> Verdict:
    """Drops what is no template, or has other placeholders than the origin, or another number of one."""
    template, origin = template_of(candidate.text), template_of(candidate.origin)
    same = template is not None and origin is not None and Counter(template.names) == Counter(origin.names)
    return KEEP if same else drop("placeholders")


def unanswerable(candidate: Candidate, _: Context) -> Verdict:
    """Drops what leaves out a field without which the task cannot be solved."""
    template = template_of(candidate.text)
    named = set() if template is None else set(template.names)
    return KEEP if named.issuperset(candidate.task.fields) else drop("unanswerable")


def empty(candidate: Candidate, _: Context) -> Verdict:
    """Drops what has no words of its own although its origin has."""
    if not candidate.text.strip() or (words(candidate.origin) and not words(candidate.text)):
        return drop("empty")
    return KEEP


def echo(candidate: Candidate, _: Context) -> Verdict:
    """Drops what repeats the instruction that it was to rewrite, a meta instruction of the task, or an example."""
    said = {normalize(text) for text in (candidate.origin, candidate.parent, *candidate.task.instructions)}
    spoken = words(candidate.text)
    copied = bool(spoken) and any(words(example) == spoken for example in candidate.examples)
    return drop("echo") if copied or normalize(candidate.text) in said else KEEP


def length(candidate: Candidate, context: Context) -> Verdict:
    """Drops what is much shorter or longer than its origin."""
    reference = candidate.origin if context.length_reference == "origin" else candidate.parent
    count = _tokens if context.count_slots else _words
    before, after = count(reference), count(candidate.text)
    low, high = context.length_ratio
    # Round a bare placeholder any frame is infinitely longer.
    if not before or abs(after - before) <= context.length_slack:
        return KEEP
    if after / before <= low:
        return drop("too_short")
    return KEEP if after / before < high else drop("too_long")


def _words(text: str) -> int:
    return len(words(text))


def _tokens(text: str) -> int:
    # As the research code counts: whatever white space separates, placeholders included.
    return len(text.split())


def repetition(candidate: Candidate, _: Context) -> Verdict:
    """Drops stuttering: a run of the same words, a phrase three times, or few different words in a long text."""
    spoken = words(candidate.text)
    before = words(candidate.origin)
    stutters = any(
        _most_frequent(spoken, size) >= _TIMES > _most_frequent(before, size) for size in (4, 5)
    ) or _longest_run(spoken) > max(2, _longest_run(before))
    poor = len(spoken) >= 12 and len(set(spoken)) / len(spoken) < _DISTINCT_SHARE
    return drop("repetition") if stutters or poor else KEEP


def _most_frequent(spoken: Sequence[str], size: int) -> int:
    phrases = Counter(tuple(spoken[start : start + size]) for start in range(len(spoken) - size + 1))
    return max(phrases.values(), default=0)


def _longest_run(spoken: Sequence[str]) -> int:
    longest = current = 0
    for position, word in enumerate(spoken):
        current = current + 1 if position and word == spoken[position - 1] else 1
        longest = max(longest, current)
    return longest


def duplicate(candidate: Candidate, context: Context) -> Verdict:
    """Drops what the task has already, whatever its case, punctuation and white space."""
    return drop("duplicate") if normalize(candidate.text) in context.accepted else KEEP


def near_duplicate(candidate: Candidate, context: Context) -> Verdict:
    """Drops what differs from an instruction of the task in a few characters only."""
    found = process.extractOne(
        normalize(candidate.text),
        context.accepted.keys(),
        scorer=Levenshtein.normalized_similarity,
        processor=None,
        score_cutoff=context.near_duplicate,
    )
    return KEEP if found is None else drop("near_duplicate")
