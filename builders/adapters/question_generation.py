"""Visual question generation: given a picture and an answer, ask the question."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.aokvqa import MultipleChoiceQuestion
from ..sources.questions import Question
from ..sources.texts import majority_answer
from .context import Context, Skip, make_example

__all__ = ["generate_multiple_choice_question", "generate_question"]


def generate_question(record: Question, context: Context) -> Example | Skip:
    """Ask the question whose answer is given: the answer that the source chooses, or else the majority answer."""
    return _generate(record, context, picture=record.picture, answer=record.answer or majority_answer(record.answers))


def generate_multiple_choice_question(record: MultipleChoiceQuestion, context: Context) -> Example | Skip:
    """Ask the question whose right choice is given."""
    if record.picture is None:
        return Skip("no_picture")
    return _generate(record, context, picture=record.picture, answer=record.answer)


def _generate(
    record: Question | MultipleChoiceQuestion, context: Context, *, picture: str, answer: str
) -> Example | Skip:
    if not record.text or not answer:
        return Skip("empty_text")
    return make_example(record, context, picture=picture, answer=answer, target=record.text)
