"""Which of several names stand for something inside two boxes, and which do not? Judged by where the objects are."""

from __future__ import annotations

from typing import NamedTuple

from instraug_datasets.records import Box, Example

from ..sources.mscoco import Picture
from .boxes import Thing, outlines, share_inside, things
from .context import Context, Dice, Skip, dice, make_example
from .object_grounding import box_meta

__all__ = ["NONE", "select_inside", "select_outside"]

NONE = "None"
"""The option for when no name is right."""

MIN_THINGS = 4
MAX_NAMES = 4
INSIDE = 0.5
"""An object is inside a box when this share of it is; its name is inside when one object of that name is."""

OUTSIDE = 0.1
"""A name is outside when no object of it has a larger share than this in a box; what is between is unclear."""

NONE_EVERY = 8
"""One example in so many has no right name, where the picture allows it."""

PAIRS_TRIED = 8


class Names(NamedTuple):
    """The names of a picture's objects that are clearly inside a pair of boxes, and clearly outside of both."""

    inside: list[str]
    outside: list[str]


def select_inside(record: Picture, context: Context) -> Example | Skip:
    """Choose the names of what is inside the boxes."""
    return _select(record, context, inside=True)


def select_outside(record: Picture, context: Context) -> Example | Skip:
    """Choose the names of what is in neither box."""
    return _select(record, context, inside=False)


def _select(record: Picture, context: Context, *, inside: bool) -> Example | Skip:
    found = things(record)
    if len(found) < MIN_THINGS:
        return Skip("too_few_objects")
    throw = dice(record, context)
    for attempt in range(PAIRS_TRIED):
        pair = throw.shuffled(f"pair {attempt}", found)[:2]
        boxes = tuple(thing.box for thing in pair)
        names = _names(record, boxes, found)
        if names.inside and names.outside:
            right, wrong = names if inside else reversed(names)
            return _example(record, context, throw, boxes=boxes, right=right, wrong=wrong)
    return Skip("nothing_outside_the_boxes")


def _example(
    record: Picture, context: Context, throw: Dice, *, boxes: tuple[Box, ...], right: list[str], wrong: list[str]
) -> Example:
    offered = _offered(throw, right, wrong)
    options = throw.shuffled("options", [*offered, NONE])
    labels = [name for name in options if name in right] or [NONE]
    return make_example(
        record,
        context,
        picture=record.picture,
        region=boxes,
        options=tuple(options),
        target=", ".join(labels),
        meta={**box_meta(record, context), "labels": labels},
    )


def _offered(throw: Dice, right: list[str], wrong: list[str]) -> list[str]:
    """Two to four names, at least one of them wrong, and now and then none right."""
    wrong = throw.shuffled("wrong", wrong)
    if len(wrong) > 1 and throw.below("none", NONE_EVERY) == 0:
        return wrong[: 2 + throw.below("count", MAX_NAMES - 1)]
    right = throw.shuffled("right", right)
    rest = throw.shuffled("rest", [*right[1:], *wrong[1:]])
    return [right[0], wrong[0], *rest[: throw.below("count", MAX_NAMES - 1)]]


def _names(record: Picture, boxes: tuple[Box, ...], found: list[Thing]) -> Names:
    shares = {
        name: max(share_inside(own, box) for own in outlines(record, name) for box in boxes)
        for name in dict.fromkeys(thing.category for thing in found)
    }
    return Names(
        [name for name, share in shares.items() if share >= INSIDE],
        [name for name, share in shares.items() if share <= OUTSIDE],
    )
