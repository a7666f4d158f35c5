"""Sentence splitting, and removal of the sentences that reveal a fact checker's verdict."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["VERDICT_PHRASES", "remove_verdicts", "split_sentences"]

_END = re.compile(r"""(?<=[.!?])["'”’)\]]*\s+(?=["'“‘(\[]*[A-Z0-9À-ÖØ-Þ])""")  # noqa: RUF001
_TAG = re.compile(r"<[^<>]*>")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Hon|Rev|No|vs|etc|e\.g|i\.e|U\.S|"  # noqa: RUF001
    r"U\.K|U\.N|D\.C|a\.m|p\.m|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)

VERDICT_PHRASES = (
    "true",
    "truth",
    "mostly true",
    "half true",
    "partly true",
    "barely true",
    "untrue",
    "false",
    "falsehood",
    "falsely",
    "mostly false",
    "partly false",
    "pants on fire",
    "mixture",
    "mixed",
    "unproven",
    "unfounded",
    "unsupported",
    "unconfirmed",
    "unverified",
    "undetermined",
    "disproved",
    "disproven",
    "debunked",
    "scam",
    "hoax",
    "legend",
    "legit",
    "fake",
    "fabricated",
    "fiction",
    "satire",
    "satirical",
    "misleading",
    "miscaptioned",
    "misattributed",
    "correct attribution",
    "incorrect",
    "inaccurate",
    "accurate",
    "outdated",
    "exaggerated",
    "distorts the facts",
    "spins the facts",
    "no evidence",
    "not the case",
    "decontextualized",
    "out of context",
    "doctored",
    "photoshopped",
    "research in progress",
    "full flop",
    "half flip",
    "no flip",
    "rate this",
    "rate it",
    "rate the",
    "rate that",
    "rated this",
    "rated it",
    "we rate",
    "we rated",
    "our ruling",
    "our rating",
)
"""Phrases by which fact checkers state or introduce their verdict; spaces also match hyphens."""

_VERDICT = re.compile(
    r"\b(?:" + "|".join(re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in VERDICT_PHRASES) + r")(?:es|s)?\b",
    re.IGNORECASE,
)


def split_sentences(text: str) -> list[str]:
    """The sentences of a text without HTML tags and with single spaces.

    Example:
        split_sentences("Dr. No came. <b>He</b> left.")  # ["Dr. No came.", "He left."]
    """
    found: list[str] = []
    pending = ""
    for part in _split(" ".join(_TAG.sub(" ", text).split())):
        pending = f"{pending} {part}".strip()
        if not _ABBREVIATION.search(part):
            found.append(pending)
            pending = ""
    return [*found, pending] if pending else found


def remove_verdicts(sentences: Iterable[str]) -> list[str]:
    """The sentences without any of `VERDICT_PHRASES`, ignoring case.

    Example:
        remove_verdicts(["We checked.", "The claim is half-true."])  # ["We checked."]
    """
    return [sentence for sentence in sentences if not _VERDICT.search(sentence)]


def _split(text: str) -> list[str]:
    """A text split after every possible end of a sentence, including closing quotes and brackets."""
    cuts = [(match.start() + len(match.group().rstrip()), match.end()) for match in _END.finditer(text)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True) if end > start]
