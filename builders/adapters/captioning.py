"""The text of a picture as the answer."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..texts import TextRecord
from .context import Context, Skip, make_example

__all__ = ["caption"]


def caption(record: TextRecord, context: Context) -> Example | Skip:
    """Say what the picture shows."""
    if not record.text:
        return Skip("empty_text")
    return make_example(record, context, picture=record.picture, target=record.text, meta={"image_id": record.image_id})
