"""Is a meme hateful?"""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.hateful_memes import Meme
from .context import Context, Skip, dice, make_example
from .verbalizers import YES_NO

__all__ = ["judge_meme"]


def judge_meme(record: Meme, context: Context) -> Example | Skip:
    """Judge picture and text together."""
    if record.hateful is None:
        return Skip("no_label")
    if not record.text:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        text=record.text,
        options=tuple(dice(record, context).shuffled("options", YES_NO)),
        target=YES_NO.positive if record.hateful else YES_NO.negative,
        meta={"hateful": record.hateful},
    )
