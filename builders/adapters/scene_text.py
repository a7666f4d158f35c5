"""Scene text: its legibility, its type (printed, handwritten, ...) and its place in the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from instraug_datasets.records import Box, Example

from ..sources.coco_text import TextInstance, TextInstanceTable
from ..sources.regions import Region
from .box_geometry import box_area, clip_box, usable_box
from .context import Context, ExampleRandom, Skip, example_random
from .object_grounding import make_box_example
from .referring_expressions import match_region_text, select_box
from .verbalizers import verbalize

__all__ = ["classify_legibility", "classify_text_type", "match_text_region", "select_text_region"]

MIN_TEXT_SIDE = 4
"""Boxes with a shorter side, in pixels, are too small even to ask about legibility."""

MIN_AREA_PER_CHARACTER = 500
"""A text is large enough to be read if its box has this many square pixels per character."""


def classify_legibility(record: TextInstance, context: Context) -> Example | Skip:
    """Decide whether the text in a box is legible."""
    box = usable_box(record.region.box, record.size, min_side=MIN_TEXT_SIDE)
    if box is None:
        return Skip("box_too_small_or_outside")
    answer = verbalize(context.task.name, example_random(record, context), positive=record.legible)
    return make_box_example(record, context, region=(box,), options=answer.options, target=answer.target)


def classify_text_type(record: TextInstance, context: Context) -> Example | Skip:
    """Choose the type of the text in a box; a majority type is subsampled to half of the examples."""
    box = usable_box(record.region.box, record.size, min_side=MIN_TEXT_SIDE)
    if box is None:
        return Skip("box_too_small_or_outside")
    table: TextInstanceTable = context.records  # type: ignore[assignment]
    rng = example_random(record, context)
    if not _is_kept(record.text_type, table.text_types, rng):
        return Skip("most_common_type")
    options = tuple(rng.shuffled("options", record.text_types))
    return make_box_example(record, context, region=(box,), options=options, target=record.text_type)


def match_text_region(record: TextInstance, context: Context) -> Example | Skip:
    """Decide whether a box holds a text; wrong texts are found elsewhere in the picture."""
    box = _readable_box(record.region, record.size)
    if box is None:
        return Skip("text_too_small")
    others = _readable(record.others, record.size)
    return match_region_text(record, context, box=box, others=others, similar=_are_similar)


def select_text_region(record: TextInstance, context: Context) -> Example | Skip:
    """Choose the box that holds a text; the other boxes hold other texts."""
    if _readable_box(record.region, record.size) is None:
        return Skip("text_too_small")
    others = [
        other.box for other in _readable(record.others, record.size) if not _are_similar(record.region.text, other.text)
    ]
    wrong = example_random(record, context).shuffled("others", others)
    return select_box(record, context, others=wrong, min_options=2, min_side=MIN_TEXT_SIDE)


def _is_kept(text_type: str, counts: Counter[str], rng: ExampleRandom) -> bool:
    rest = counts.total() - counts[text_type]
    return rest == 0 or rng.below("kept", counts[text_type]) < rest


def _readable(regions: Iterable[Region], size: tuple[int, int]) -> list[Region]:
    return [region for region in regions if _readable_box(region, size) is not None]


def _readable_box(region: Region, size: tuple[int, int]) -> Box | None:
    """The box of a text, or None if it is too small for the text."""
    box = clip_box(region.box, size)
    return box if region.text and box_area(box) >= MIN_AREA_PER_CHARACTER * len(region.text) else None


def _are_similar(one: str, other: str) -> bool:
    """Whether one text equals or contains the other."""
    first, second = " ".join(one.casefold().split()), " ".join(other.casefold().split())
    return first in second or second in first
