"""Form filters: characters, placeholders, length, repetition, echoes and duplicates."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ..tasks import SENTENCE_FIELDS
from .candidate import KEEP, Candidate, Context, Verdict, drop
from .words import normalize, try_parse, words

__all__ = [
    "duplicate",
    "echo",
    "empty",
    "length",
    "near_duplicate",
    "placeholders",
    "punctuation",
    "readable",
    "repetition",
    "unanswerable",
]

_MARK_OR_MORE = r"""["\u201d\u2019']?(?:[.,;:!?]|[ ,-]+[a-z])"""
"""What would end or go on with a sentence that a field has ended."""

_MAX_CHARACTERS = 4000
_MAX_WORD_CHARACTERS = 40
_MAX_PHRASE_COUNT = 3
_MIN_DISTINCT_RATIO = 0.4


def readable(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates with control, private-use or replacement characters, overlong words, or overlong texts."""
    text = candidate.text
    if len(text) > _MAX_CHARACTERS:
        return drop("too_long")
    bad = any(_is_unreadable(character) for character in text)
    return drop("unreadable") if bad or any(len(word) > _MAX_WORD_CHARACTERS for word in words(text)) else KEEP


def _is_unreadable(character: str) -> bool:
    if character == "\n":
        return False
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs")


def placeholders(candidate: Candidate, _: Context) -> Verdict:
    """Drops invalid templates, and candidates whose placeholders differ from the origin's, but for optional fields."""
    template, origin = try_parse(candidate.text), try_parse(candidate.origin)
    if template is None or origin is None:
        return drop("placeholders")
    named, before = Counter(template.names), Counter(origin.names)
    optional = candidate.task.optional_fields
    same = all(
        named[name] == before[name] or (name in optional and named[name] <= 1) for name in named.keys() | before.keys()
    )
    return KEEP if same else drop("placeholders")


def punctuation(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates that set a mark, or go on with the sentence, after a field that holds whole sentences.

    The values of text fields keep their characters: `"{question}"?` gives two marks, `{premise} is true` a full stop in
    mid-sentence.
    """
    fields = (*SENTENCE_FIELDS, *candidate.task.sentence_fields, "options", "history")
    clash = re.search(rf"\{{(?:{'|'.join(fields)})\}}{_MARK_OR_MORE}", candidate.text)
    return drop("punctuation") if clash else KEEP


def unanswerable(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates that lack a required field of the task."""
    template = try_parse(candidate.text)
    named = set() if template is None else set(template.names)
    return KEEP if named.issuperset(candidate.task.fields) else drop("unanswerable")


def empty(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates without words besides placeholders, unless the origin has none either."""
    if not candidate.text.strip() or (words(candidate.origin) and not words(candidate.text)):
        return drop("empty")
    return KEEP


def echo(candidate: Candidate, _: Context) -> Verdict:
    """Drops copies of the rewritten instruction, of a meta instruction of the task, or of a few-shot example."""
    sources = {normalize(text) for text in (candidate.origin, candidate.parent, *candidate.task.instructions)}
    spoken = words(candidate.text)
    copied = bool(spoken) and any(words(example) == spoken for example in candidate.examples)
    return drop("echo") if copied or normalize(candidate.text) in sources else KEEP


def length(candidate: Candidate, context: Context) -> Verdict:
    """Drops candidates that are much shorter or longer than their reference."""
    reference = candidate.origin if context.length_reference == "origin" else candidate.parent
    count = _tokens if context.count_placeholders else _words
    before, after = count(reference), count(candidate.text)
    low, high = context.length_ratio
    # A reference without words has no meaningful length ratio.
    if not before or abs(after - before) <= context.length_slack:
        return KEEP
    if after / before <= low:
        return drop("too_short")
    return KEEP if after / before < high else drop("too_long")


def _words(text: str) -> int:
    return len(words(text))


def _tokens(text: str) -> int:
    # Like the research code: split at white space, placeholders included.
    return len(text.split())


def repetition(candidate: Candidate, _: Context) -> Verdict:
    """Drops repetitive candidates: repeated words or phrases, or few distinct words in a long text."""
    spoken = words(candidate.text)
    before = words(candidate.origin)
    stutters = any(
        _most_frequent(spoken, size) >= _MAX_PHRASE_COUNT > _most_frequent(before, size) for size in (4, 5)
    ) or _longest_run(spoken) > max(2, _longest_run(before))
    poor = len(spoken) >= 12 and len(set(spoken)) / len(spoken) < _MIN_DISTINCT_RATIO
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
    """Drops duplicates of an instruction of the task, ignoring case, punctuation and white space."""
    return drop("duplicate") if normalize(candidate.text) in context.accepted else KEEP


def near_duplicate(candidate: Candidate, context: Context) -> Verdict:
    """Drops candidates that differ from an instruction of the task in only a few characters."""
    found = process.extractOne(
        normalize(candidate.text),
        context.accepted.keys(),
        scorer=Levenshtein.normalized_similarity,
        processor=None,
        score_cutoff=context.near_duplicate,
    )
    return KEEP if found is None else drop("near_duplicate")
