"""Which kind of disaster a picture shows."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.medic import TYPES, DisasterPicture
from .context import Context, dice, make_example

__all__ = ["name_disaster"]


def name_disaster(record: DisasterPicture, context: Context) -> Example:
    """Choose among the seven kinds, the same for every picture."""
    return make_example(
        record,
        context,
        picture=record.picture,
        options=tuple(dice(record, context).shuffled("options", [_words(kind) for kind in TYPES])),
        target=_words(record.kind),
        meta={"event": record.event},
    )


def _words(kind: str) -> str:
    return kind.replace("_", " ")
