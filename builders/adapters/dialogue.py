"""The next answer in a dialogue about a picture."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.visdial import Turn
from .context import Context, Skip, make_example

__all__ = ["answer_turn"]


def answer_turn(record: Turn, context: Context) -> Example | Skip:
    """Answer a question that may refer to those before it; the picture's caption is kept, but not shown."""
    if not record.question or not record.answer:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        history=tuple({"question": _asked(question), "answer": answer} for question, answer in record.history),
        question=_asked(record.question),
        target=record.answer,
        meta={"image_id": record.image_id, "caption": record.caption},
    )


def _asked(question: str) -> str:
    """A question with a mark at its end, which most were typed without."""
    return question if question.endswith(("?", ".", "!")) else f"{question}?"
