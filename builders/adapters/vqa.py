"""An open answer to a question about a picture."""

from __future__ import annotations

from typing import Protocol

from instraug_datasets.records import Example

from ..sources.texts import most_common
from .context import Context, Skip, make_example

__all__ = ["Asked", "answer_question"]


class Asked(Protocol):
    """A question about a picture with one or more answers."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def image_id(self) -> int | str: ...  # noqa: D102
    @property
    def picture(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def answer(self) -> str | None:
        """The answer that the source chooses; None where it chooses none."""

    @property
    def answers(self) -> tuple[str, ...]: ...  # noqa: D102


def answer_question(record: Asked, context: Context) -> Example | Skip:
    """Answer in a word or two; every annotator's answer is kept for scoring."""
    answer = most_common(record.answers) if record.answer is None else record.answer
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
