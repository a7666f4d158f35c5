"""Sentences of a running text, and which of them give a fact checker's verdict away."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["VERDICTS", "sentences", "without_verdicts"]

_END = re.compile(r"""(?<=[.!?])["'”’)\]]*\s+(?=["'“‘(\[]*[A-Z0-9À-ÖØ-Þ])""")  # noqa: RUF001
_TAG = re.compile(r"<[^<>]*>")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Hon|Rev|No|vs|etc|e\.g|i\.e|U\.S|"  # noqa: RUF001
    r"U\.K|U\.N|D\.C|a\.m|p\.m|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)

VERDICTS = (
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
"""Phrases of fact checkers that tell, or introduce, their verdict; a hyphen may stand for a space."""

_VERDICT = re.compile(
    r"\b(?:" + "|".join(re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in VERDICTS) + r")(?:es|s)?\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, without tags and with single spaces; a text without any mark is one sentence."""
    found: list[str] = []
    begun = ""
    for part in _split(" ".join(_TAG.sub(" ", text).split())):
        begun = f"{begun} {part}".strip()
        if not _ABBREVIATION.search(part):
            found.append(begun)
            begun = ""
    return [*found, begun] if begun else found


def without_verdicts(parts: Iterable[str]) -> list[str]:
    """The sentences that hold none of `VERDICTS`, whatever their case and wherever they stand."""
    return [part for part in parts if not _VERDICT.search(part)]


def _split(text: str) -> list[str]:
    """A text cut behind every mark that may end a sentence, closing quotes and brackets included."""
    cuts = [(match.start() + len(match.group().rstrip()), match.end()) for match in _END.finditer(text)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True) if end > start]
