"""An open answer to a question about a picture."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.vqa_v2 import Question
from .context import Context, Skip, make_example

__all__ = ["answer_question"]


def answer_question(record: Question, context: Context) -> Example | Skip:
    """Answer in a word or two; every annotator's answer is kept for scoring."""
    if not record.text or not record.answer:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=record.text,
        target=record.answer,
        answers=record.answers,
        meta={"image_id": record.image_id},
    )
