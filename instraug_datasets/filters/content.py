"""Filters on content: leaked orders, answers, the language, the polarity and the words that an answer has to use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .candidate import KEEP, Candidate, Context, Verdict, drop
from .vocabulary import ANSWERS, COMMON, INSTRUCTING, LEAKS, NEGATIONS, PAIRS
from .words import prose, words

__all__ = ["answer", "language", "leak", "option_words", "polarity"]

_QUOTED = re.compile(r"[\"\u201c\u201d]([^\"\u201c\u201d\n]{1,60})[\"\u201c\u201d]")


def leak(candidate: Candidate, _: Context) -> Verdict:
    """Drops what speaks about the rewriting instead of the task."""
    before, after = _spoken(candidate.origin), _spoken(candidate.text)
    return drop("leak") if any(each.search(after) and not each.search(before) for each in LEAKS) else KEEP


def answer(candidate: Candidate, _: Context) -> Verdict:
    """Drops what solves the task or talks back, instead of saying what is to be done."""
    before, after = _spoken(candidate.origin), _spoken(candidate.text)
    if any(each.search(after) and not each.search(before) for each in ANSWERS):
        return drop("answer")
    return KEEP if _instructs(candidate.text) or not _instructs(candidate.origin) else drop("no_instruction")


def _instructs(text: str) -> bool:
    # The value of {question} asks for something wherever it stands.
    asks = "?" in text or "{question}" in text or text.rstrip().endswith(":")
    return asks or not INSTRUCTING.isdisjoint(words(text))


def language(candidate: Candidate, _: Context) -> Verdict:
    """Drops what is in another script or language than its origin, as far as common words show it."""
    before, after = prose(candidate.origin), prose(candidate.text)
    scripts = _scripts(before)
    if scripts and _scripts(after) - scripts:
        return drop("language")
    spoken, expected = _language(words(candidate.text)), _language(words(candidate.origin))
    return drop("language") if spoken and expected and spoken != expected else KEEP


def _scripts(text: str) -> set[str]:
    """The first words of the letters' Unicode names: LATIN, CYRILLIC, CJK ..."""
    return {unicodedata.name(character, "?").split()[0] for character in text if character.isalpha()}


def _language(spoken: Iterable[str]) -> str | None:
    counts = {name: sum(word in common for word in spoken) for name, common in COMMON.items()}
    best = max(counts, key=lambda name: counts[name])
    # A tie or a single hit says nothing: languages share short words.
    clear = counts[best] >= 2 and sum(count == counts[best] for count in counts.values()) == 1
    return best if clear else None


def polarity(candidate: Candidate, _: Context) -> Verdict:
    """Drops what denies where its origin does not, or, with options to choose from, the other way round."""
    before, after = (bool(NEGATIONS.intersection(_negated(text))) for text in (candidate.origin, candidate.text))
    lost = before and not after and "options" in candidate.task.fields
    return drop("polarity") if lost or (after and not before) else KEEP


def _negated(text: str) -> set[str]:
    spoken = words(re.sub(r"\bor not\b", " ", text))  # "whether or not" denies nothing
    return {*spoken, *("not" for word in spoken if word.endswith("n't"))}


def option_words(candidate: Candidate, _: Context) -> Verdict:
    """Drops what leaves out a word or mark that the answer has to use: yes and no, None, quoted forms."""
    before, after = prose(candidate.origin), prose(candidate.text)
    wanted = [*(quoted.strip() for quoted in _QUOTED.findall(before) if quoted.strip()), *_named(before)]
    for pair in PAIRS:
        if pair <= set(words(candidate.origin)):
            wanted += pair
    spoken = {*words(candidate.text)}
    missing = [word for word in wanted if word not in after and word not in spoken]
    return drop("option_words") if missing else KEEP


def _named(text: str) -> list[str]:
    """The answer None, in the middle of a sentence where its capital letter is no accident."""
    return ["None"] if re.search(r"[a-z,] None\b", text) else []


def _spoken(text: str) -> str:
    return " ".join(prose(text).casefold().replace("\u2019", "'").split())
