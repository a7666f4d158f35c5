"""The question to an answer: question answering turned round."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.aokvqa import Choice
from ..sources.texts import most_common
from .context import Context, Skip, make_example
from .vqa import Asked

__all__ = ["ask_for_answer", "ask_for_choice"]


def ask_for_answer(record: Asked, context: Context) -> Example | Skip:
    """Ask what has this answer: the one that the file chooses, or else the one that most annotators gave."""
    return _ask(record, context, picture=record.picture, answer=record.answer or most_common(record.answers))


def ask_for_choice(record: Choice, context: Context) -> Example | Skip:
    """Ask what has the right choice as its answer."""
    if record.picture is None:
        return Skip("no_picture")
    return _ask(record, context, picture=record.picture, answer=record.answer)


def _ask(record: Asked | Choice, context: Context, *, picture: str, answer: str) -> Example | Skip:
    if not record.text or not answer:
        return Skip("empty_text")
    return make_example(record, context, picture=picture, answer=answer, target=record.text)
