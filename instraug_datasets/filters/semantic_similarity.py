"""The filter on meaning: how close sentence embeddings of a candidate and its meta instruction are."""

from __future__ import annotations

from .candidate import KEEP, Candidate, Context, Verdict
from .words import prose, words

__all__ = ["meaning", "spoken_out"]

_DIGITS = 3


def meaning(candidate: Candidate, context: Context) -> Verdict:
    """Drops what is too far from its origin; the cosine becomes the candidate's score."""
    if context.encoder is None or not words(candidate.origin):
        return KEEP
    ours, theirs = context.encoder.encode([spoken_out(candidate.text), spoken_out(candidate.origin)])
    # Rounded, so that the last digits of a sum, which depend on the machine, are in no pool.
    score = round(float(ours @ theirs), _DIGITS)
    return Verdict(True, score=score) if score >= context.similarity else Verdict(False, "meaning", score)


def spoken_out(text: str) -> str:
    """The text as one would read it out, placeholders by their names."""
    return " ".join(prose(text, slots=True).split())
