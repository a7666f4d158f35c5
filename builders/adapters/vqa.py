"""Visual question answering with a free-form answer."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.questions import Question
from ..sources.texts import majority_answer
from .context import Context, Skip, make_example

__all__ = ["answer_question"]


def answer_question(record: Question, context: Context) -> Example | Skip:
    """Answer in a word or two; the answers of all annotators are kept as references."""
    answer = majority_answer(record.answers) if record.answer is None else record.answer
    if not record.text or not answer:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=record.text,
        target=answer,
        answers=record.answers,
        meta={"image_id": record.image_id},
    )
