"""The question records that most question-answering sources share."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OCRQuestion", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a picture.

    Attributes:
        image_id: The picture's id in the source.
        picture: The name of the picture's file.
        answer: The answer that the source chooses; None if it only lists those of the annotators.
        answers: The answers of all annotators, in their order.
    """

    key: str
    image_id: int | str
    picture: str
    text: str
    answer: str | None
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OCRQuestion(Question):
    """One question about text in a picture, with the OCR tokens of the picture."""

    ocr_tokens: tuple[str, ...]
