"""What is wrong with a picture, technically."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from instraug_datasets.records import Example

from ..sources.vizwiz_quality import Votes
from .context import Context, Skip, dice, make_example

__all__ = ["FLAWS", "name_flaw"]

FLAWS: Mapping[str, str] = MappingProxyType(
    {
        "NON": "no flaws",
        "BLR": "blur",
        "BRT": "too bright",
        "DRK": "too dark",
        "FRM": "bad framing",
        "OBS": "obscured",
        "ROT": "rotation",
        "OTH": "other",
    }
)
"""The labels of the codes; of several flaws with the same number of votes, the one that stands first here wins."""


def name_flaw(record: Votes, context: Context) -> Example | Skip:
    """Choose the flaw that most people saw; all labels are offered."""
    if not any(record.flaws.values()):
        return Skip("no_votes")
    flaw = max(FLAWS, key=record.flaws.__getitem__)
    return make_example(
        record,
        context,
        picture=record.picture,
        options=tuple(dice(record, context).shuffled("options", list(FLAWS.values()))),
        target=FLAWS[flaw],
        meta={"votes": dict(record.flaws)},
    )
