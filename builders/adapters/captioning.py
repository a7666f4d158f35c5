"""The text of a picture as the answer."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.karpathy_splits import Captioned
from ..sources.texts import TextRecord
from .context import Context, Skip, make_example

__all__ = ["caption", "caption_once"]


def caption(record: TextRecord, context: Context) -> Example | Skip:
    """Say what the picture shows."""
    if not record.text:
        return Skip("empty_text")
    return make_example(record, context, picture=record.picture, target=record.text, meta={"image_id": record.image_id})


def caption_once(record: Captioned, context: Context) -> Example | Skip:
    """Say what the picture shows; the first caption is the target, and all are kept for scoring."""
    texts = tuple(text for text in record.texts if text)
    if not texts:
        return Skip("empty_text")
    return make_example(record, context, picture=record.picture, target=texts[0], answers=texts)
