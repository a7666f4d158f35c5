"""Tasks that come with the words that a machine has read in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from instraug_datasets.records import Example

from ..sources.textcaps import ReadCaption
from ..sources.texts import most_common
from .context import Context, Skip, make_example
from .multiple_choice import NOTHING
from .vqa import Asked

__all__ = ["MAX_WORDS", "answer_with_words", "caption_with_words"]

MAX_WORDS = 30
"""At most so many words are given, the first of the file."""


class ReadQuestion(Asked, Protocol):
    """A question about what is written in a picture, with the words that a machine has read there."""

    @property
    def words(self) -> Sequence[str]: ...


def caption_with_words(record: ReadCaption, context: Context) -> Example | Skip:
    """Say what the picture shows and what is written there; every caption of the picture is kept for scoring."""
    if not record.text:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        context=_joined(record.words),
        target=record.text,
        answers=record.texts,
        meta={"image_id": record.image_id},
    )


def answer_with_words(record: ReadQuestion, context: Context) -> Example | Skip:
    """Answer by what is written in the picture: as the file chooses, or else as most annotators do."""
    answer = record.answer or most_common(record.answers)
    if not record.text or not answer:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        context=_joined(record.words),
        question=record.text,
        target=answer,
        answers=tuple(record.answers),
        meta={"image_id": record.image_id},
    )


def _joined(words: Sequence[str]) -> str:
    seen = [word.strip() for word in words if word.strip()]
    return ", ".join(seen[:MAX_WORDS]) or NOTHING
