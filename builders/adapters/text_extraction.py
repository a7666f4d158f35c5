"""What is written on a picture."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.hateful_memes import Meme
from .context import Context, Skip, make_example

__all__ = ["transcribe"]


def transcribe(record: Meme, context: Context) -> Example | Skip:
    """Write down the text of a meme; what raters thought of it is kept, but not asked for."""
    if not record.text:
        return Skip("empty_text")
    meta = {} if record.hateful is None else {"hateful": record.hateful}
    return make_example(record, context, picture=record.picture, target=record.text, meta=meta)
