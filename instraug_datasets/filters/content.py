"""Content filters: leaked meta-prompts, answers, language, polarity, and words that an answer must use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .candidate import KEEP, Candidate, Context, Verdict, drop
from .vocabulary import ANSWER_PAIRS, ANSWER_PATTERNS, COMMON_WORDS, INSTRUCTION_WORDS, LEAK_PATTERNS, NEGATIONS
from .words import without_placeholders, words

__all__ = ["answer", "language", "leak", "option_words", "polarity"]

_QUOTED = re.compile(r"[\"\u201c\u201d]([^\"\u201c\u201d\n]{1,60})[\"\u201c\u201d]")


def leak(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates that talk about the rewriting instead of the task."""
    before, after = _normalized_prose(candidate.origin), _normalized_prose(candidate.text)
    return drop("leak") if any(each.search(after) and not each.search(before) for each in LEAK_PATTERNS) else KEEP


def answer(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates that answer the instruction, or do not instruct at all."""
    before, after = _normalized_prose(candidate.origin), _normalized_prose(candidate.text)
    if any(each.search(after) and not each.search(before) for each in ANSWER_PATTERNS):
        return drop("answer")
    return KEEP if _is_instruction(candidate.text) or not _is_instruction(candidate.origin) else drop("no_instruction")


def _is_instruction(text: str) -> bool:
    # The value of {question} is itself a request.
    asks = "?" in text or "{question}" in text or text.rstrip().endswith(":")
    return asks or not INSTRUCTION_WORDS.isdisjoint(words(text))


def language(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates in another script or language than their origin, as far as common words show it."""
    before, after = without_placeholders(candidate.origin), without_placeholders(candidate.text)
    scripts = _scripts(before)
    if scripts and _scripts(after) - scripts:
        return drop("language")
    spoken, expected = _language(words(candidate.text)), _language(words(candidate.origin))
    return drop("language") if spoken and expected and spoken != expected else KEEP


def _scripts(text: str) -> set[str]:
    """Return the scripts of a text, from the Unicode names of its letters: LATIN, CYRILLIC, CJK, ..."""
    return {unicodedata.name(character, "?").split()[0] for character in text if character.isalpha()}


def _language(spoken: Iterable[str]) -> str | None:
    counts = {name: sum(word in common for word in spoken) for name, common in COMMON_WORDS.items()}
    best = max(counts, key=lambda name: counts[name])
    # A tie or a single match is inconclusive: languages share short words.
    clear = counts[best] >= 2 and sum(count == counts[best] for count in counts.values()) == 1
    return best if clear else None


def polarity(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates that add a negation, or, for tasks with options, lose one."""
    before, after = (bool(NEGATIONS.intersection(_negated(text))) for text in (candidate.origin, candidate.text))
    lost = before and not after and "options" in candidate.task.fields
    return drop("polarity") if lost or (after and not before) else KEEP


def _negated(text: str) -> set[str]:
    spoken = words(re.sub(r"\bor not\b", " ", text))  # "whether or not" is not a negation
    return {*spoken, *("not" for word in spoken if word.endswith("n't"))}


def option_words(candidate: Candidate, _: Context) -> Verdict:
    """Drops candidates that lose words prescribed for the answer: yes and no, None, quoted words."""
    before, after = without_placeholders(candidate.origin), without_placeholders(candidate.text)
    wanted = [*(quoted.strip() for quoted in _QUOTED.findall(before) if quoted.strip()), *_named(before)]
    for pair in ANSWER_PAIRS:
        if pair <= set(words(candidate.origin)):
            wanted += pair
    spoken = {*words(candidate.text)}
    missing = [word for word in wanted if word not in after and word not in spoken]
    return drop("option_words") if missing else KEEP


def _named(text: str) -> list[str]:
    """Return the answer None if it occurs capitalized in the middle of a sentence."""
    return ["None"] if re.search(r"[a-z,] None\b", text) else []


def _normalized_prose(text: str) -> str:
    return " ".join(without_placeholders(text).casefold().replace("\u2019", "'").split())
