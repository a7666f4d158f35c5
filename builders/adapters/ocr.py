"""Optical character recognition: read the text in a picture, or use OCR tokens to caption it and answer questions."""

from __future__ import annotations

from collections.abc import Sequence

from instraug_datasets.records import Example

from ..sources.hateful_memes import Meme
from ..sources.questions import OCRQuestion
from ..sources.textcaps import OCRCaption
from ..sources.texts import majority_answer
from .context import Context, Skip, make_example

__all__ = ["MAX_OCR_TOKENS", "answer_with_ocr_tokens", "caption_with_ocr_tokens", "extract_text"]

MAX_OCR_TOKENS = 30
"""At most this many OCR tokens are shown: the first ones of the file."""


def extract_text(record: Meme, context: Context) -> Example | Skip:
    """Transcribe the text of a meme; its hatefulness label, where known, is stored in `meta`."""
    if not record.text:
        return Skip("empty_text")
    meta = {} if record.hateful is None else {"hateful": record.hateful}
    return make_example(record, context, picture=record.picture, target=record.text, meta=meta)


def caption_with_ocr_tokens(record: OCRCaption, context: Context) -> Example | Skip:
    """Caption a picture including its text; every caption of the picture is kept as a reference."""
    if not record.text:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        context=_joined(record.ocr_tokens),
        target=record.text,
        answers=record.texts,
        meta={"image_id": record.image_id},
    )


def answer_with_ocr_tokens(record: OCRQuestion, context: Context) -> Example | Skip:
    """Answer a question about text in a picture; the target is the source's answer, or else the majority answer."""
    answer = record.answer or majority_answer(record.answers)
    if not record.text or not answer:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        context=_joined(record.ocr_tokens),
        question=record.text,
        target=answer,
        answers=tuple(record.answers),
        meta={"image_id": record.image_id},
    )


def _joined(tokens: Sequence[str]) -> str | None:
    present = [token.strip() for token in tokens if token.strip()]
    return ", ".join(present[:MAX_OCR_TOKENS]) or None
