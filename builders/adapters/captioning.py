"""Image captioning."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.karpathy_splits import CaptionedPicture
from ..sources.texts import TextRecord
from .context import Context, Skip, make_example

__all__ = ["caption", "caption_with_references"]


def caption(record: TextRecord, context: Context) -> Example | Skip:
    """Caption a picture; each of its captions is an example of its own."""
    if not record.text:
        return Skip("empty_text")
    return make_example(record, context, picture=record.picture, target=record.text, meta={"image_id": record.image_id})


def caption_with_references(record: CaptionedPicture, context: Context) -> Example | Skip:
    """Caption a picture; its first caption is the target, and all are kept as references."""
    texts = tuple(text for text in record.texts if text)
    if not texts:
        return Skip("empty_text")
    return make_example(record, context, picture=record.picture, target=texts[0], answers=texts)
