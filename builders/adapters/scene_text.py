"""What is written in pictures: whether it can be read, how it was made, and where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from instraug_datasets.records import Box, Example

from ..sources.coco_text import Writing, WritingTable
from ..sources.regions import Region
from .boxes import area, clipped, large_enough
from .context import Context, Dice, Skip, dice
from .object_grounding import box_example
from .referring_expressions import choose_box, match_text
from .verbalizers import draw_verdict

__all__ = ["classify", "judge_legibility", "match_writing", "select_writing"]

MIN_TEXT_SIDE = 4
"""A box with a shorter side, in pixels, is too small even for the question whether it can be read."""

AREA_A_LETTER = 500
"""A text is large enough to be read out when its box has so many square pixels for each of its characters."""


def judge_legibility(record: Writing, context: Context) -> Example | Skip:
    """Can the text in a box be read?"""
    box = large_enough(record.region.box, record.size, side=MIN_TEXT_SIDE)
    if box is None:
        return Skip("box_too_small_or_outside")
    verdict = draw_verdict(context.task.name, dice(record, context), positive=record.legible)
    return box_example(record, context, region=(box,), options=verdict.options, target=verdict.target)


def classify(record: Writing, context: Context) -> Example | Skip:
    """How was the text in a box made? A way that most texts were made in is thinned out to half of the examples."""
    box = large_enough(record.region.box, record.size, side=MIN_TEXT_SIDE)
    if box is None:
        return Skip("box_too_small_or_outside")
    table: WritingTable = context.records  # type: ignore[assignment]
    throw = dice(record, context)
    if not _is_kept(record.kind, table.kinds, throw):
        return Skip("most_common_type")
    options = tuple(throw.shuffled("options", record.kinds))
    return box_example(record, context, region=(box,), options=options, target=record.kind)


def match_writing(record: Writing, context: Context) -> Example | Skip:
    """Is a text written in a box? A wrong one is written somewhere else in the picture."""
    box = _readable_box(record.region, record.size)
    if box is None:
        return Skip("text_too_small")
    others = _readable(record.others, record.size)
    return match_text(record, context, box=box, others=others, alike=_reads_alike)


def select_writing(record: Writing, context: Context) -> Example | Skip:
    """In which of several boxes is a text written? The others hold other texts."""
    if _readable_box(record.region, record.size) is None:
        return Skip("text_too_small")
    others = [
        other.box for other in _readable(record.others, record.size) if not _reads_alike(record.region.text, other.text)
    ]
    wrong = dice(record, context).shuffled("others", others)
    return choose_box(record, context, others=wrong, least=2, side=MIN_TEXT_SIDE)


def _is_kept(kind: str, kinds: Counter[str], throw: Dice) -> bool:
    rest = kinds.total() - kinds[kind]
    return rest == 0 or throw.below("kept", kinds[kind]) < rest


def _readable(regions: Iterable[Region], size: tuple[int, int]) -> list[Region]:
    return [region for region in regions if _readable_box(region, size) is not None]


def _readable_box(region: Region, size: tuple[int, int]) -> Box | None:
    """The box of a text, if it is large enough for the text."""
    box = clipped(region.box, size)
    return box if region.text and area(box) >= AREA_A_LETTER * len(region.text) else None


def _reads_alike(one: str, other: str) -> bool:
    """Whether one text is the other or a part of it."""
    first, second = " ".join(one.casefold().split()), " ".join(other.casefold().split())
    return first in second or second in first
