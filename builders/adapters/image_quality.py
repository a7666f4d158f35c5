"""Image quality assessment: what is technically wrong with a picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from instraug_datasets.records import Example

from ..sources.vizwiz_quality import QualityVotes
from .context import Context, Skip, example_random, make_example

__all__ = ["FLAW_LABELS", "classify_flaw"]

FLAW_LABELS: Mapping[str, str] = MappingProxyType(
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
"""The label of each flaw code of VizWiz; if several flaws have the most votes, the first one here is the answer."""


def classify_flaw(record: QualityVotes, context: Context) -> Example | Skip:
    """Choose the flaw with the most votes among all labels."""
    if not any(record.flaws.values()):
        return Skip("no_votes")
    flaw = max(FLAW_LABELS, key=record.flaws.__getitem__)
    return make_example(
        record,
        context,
        picture=record.picture,
        options=tuple(example_random(record, context).shuffled("options", list(FLAW_LABELS.values()))),
        target=FLAW_LABELS[flaw],
        meta={"votes": dict(record.flaws)},
    )
