"""Image classification with a fixed set of labels: disaster types and hateful memes."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.hateful_memes import Meme
from ..sources.medic import DISASTER_TYPES, DisasterPicture
from .context import Context, Skip, example_random, make_example
from .verbalizers import YES_NO

__all__ = ["classify_disaster", "classify_hateful_meme"]


def classify_disaster(record: DisasterPicture, context: Context) -> Example:
    """Choose the disaster type among all seven types."""
    labels = [_label(disaster) for disaster in DISASTER_TYPES]
    return make_example(
        record,
        context,
        picture=record.picture,
        options=tuple(example_random(record, context).shuffled("options", labels)),
        target=_label(record.disaster),
        meta={"event": record.event},
    )


def classify_hateful_meme(record: Meme, context: Context) -> Example | Skip:
    """Decide from picture and text together whether a meme is hateful."""
    if record.hateful is None:
        return Skip("no_label")
    if not record.text:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        text=record.text,
        options=tuple(example_random(record, context).shuffled("options", YES_NO)),
        target=YES_NO.positive if record.hateful else YES_NO.negative,
        meta={"hateful": record.hateful},
    )


def _label(disaster: str) -> str:
    return disaster.replace("_", " ")
