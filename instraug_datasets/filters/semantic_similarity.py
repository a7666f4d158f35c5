"""The filter `meaning`: compares sentence embeddings of a candidate and its meta instruction."""

from __future__ import annotations

from .candidate import KEEP, Candidate, Context, Verdict
from .words import without_placeholders, words

__all__ = ["meaning", "with_placeholder_names"]

_DIGITS = 3


def meaning(candidate: Candidate, context: Context) -> Verdict:
    """Drops candidates whose cosine similarity to their origin is too low; records the similarity as score."""
    if context.encoder is None or not words(candidate.origin):
        return KEEP
    ours, theirs = context.encoder.encode(
        [with_placeholder_names(candidate.text), with_placeholder_names(candidate.origin)]
    )
    # Rounded, because the last digits depend on the hardware.
    score = round(float(ours @ theirs), _DIGITS)
    return Verdict(True, score=score) if score >= context.similarity else Verdict(False, "meaning", score)


def with_placeholder_names(text: str) -> str:
    """Return the text on one line, with placeholders replaced by their names."""
    return " ".join(without_placeholders(text, keep_names=True).split())
