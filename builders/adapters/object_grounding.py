"""From a name to its boxes, from a box to its name, and whether the two fit."""

from __future__ import annotations

from typing import Any

from instraug_datasets.records import Example

from ..sources.mscoco import Picture
from ..sources.regions import Boxed
from .boxes import Thing, box_text, crowds, iou, outlines, share_inside, things
from .context import Context, Dice, Skip, dice, make_example
from .verbalizers import draw_verdict

__all__ = ["box_example", "box_meta", "find_boxes", "match_name", "match_things", "name_box", "select_box"]

MAX_BOXES = 10
"""A category with more boxes than this in one picture is not asked for: the answer would be a wall of numbers."""

MAX_OPTIONS = 6
"""Boxes to choose from, the right one included."""

TOO_ALIKE = 0.5
"""A box whose intersection over union with the right one reaches this is no wrong option."""


def find_boxes(record: Picture, context: Context) -> Example | Skip:
    """Give the boxes of every object of a category, from left to right."""
    found = things(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    by_category = _by_category(found)
    askable = [name for name in by_category if name not in crowds(record) and len(by_category[name]) <= MAX_BOXES]
    if not askable:
        return Skip("no_countable_category")
    name = dice(record, context).choice("category", askable)
    boxes = sorted(thing.box for thing in by_category[name])
    return box_example(record, context, text=name, target=box_text(*boxes))


def name_box(record: Picture, context: Context) -> Example | Skip:
    """Name the object in a box."""
    found = things(record)
    if not found:
        return Skip("too_few_objects")
    thing = dice(record, context).choice("thing", found)
    return box_example(record, context, region=(thing.box,), target=thing.category)


def match_things(record: Picture, context: Context) -> Example | Skip:
    """Are the objects in two boxes of one category? Half the answers are yes, where a picture allows both."""
    found = things(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    throw = dice(record, context)
    by_category = _by_category(found)
    repeated = [members for members in by_category.values() if len(members) > 1]
    positive = bool(repeated) and (len(by_category) == 1 or throw.coin("positive"))
    if positive:
        pair = throw.shuffled("pair", throw.choice("category", repeated))[:2]
    else:
        categories = throw.shuffled("categories", list(by_category.values()))[:2]
        pair = [throw.choice(f"thing {place}", members) for place, members in enumerate(categories)]
    verdict = draw_verdict(context.task.name, throw, positive=positive)
    return box_example(
        record,
        context,
        region=tuple(thing.box for thing in pair),
        options=verdict.options,
        target=verdict.target,
        meta={"categories": [thing.category for thing in pair], "positive": positive},
    )


def match_name(record: Picture, context: Context) -> Example | Skip:
    """Does a box hold an object of that name? A wrong name is that of objects all of which lie outside the box."""
    found = things(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    throw = dice(record, context)
    for thing in throw.shuffled("thing", found):
        elsewhere = _names_elsewhere(record, thing, found)
        if elsewhere:
            return _name_match(record, context, throw, thing=thing, wrong=throw.choice("wrong", elsewhere))
    return Skip("no_object_elsewhere")


def select_box(record: Picture, context: Context) -> Example | Skip:
    """Which of several boxes holds an object of that name? The others hold objects of other categories."""
    found = things(record)
    if len(found) < 2:
        return Skip("too_few_objects")
    throw = dice(record, context)
    for thing in throw.shuffled("thing", found):
        others = [other.box for other in found if _tells_apart(thing, other)]
        if others:
            wrong = throw.shuffled("others", others)[: MAX_OPTIONS - 1]
            options = throw.shuffled("options", [box_text(box) for box in (thing.box, *wrong)])
            return box_example(record, context, text=thing.category, options=tuple(options), target=box_text(thing.box))
    return Skip("too_few_categories")


def box_example(
    record: Boxed, context: Context, /, *, target: str, meta: dict[str, Any] | None = None, **fields: Any
) -> Example:
    """An example whose boxes can be written in any style."""
    meta = {**box_meta(record, context), **(meta or {})}
    return make_example(record, context, picture=record.picture, target=target, meta=meta, **fields)


def box_meta(record: Boxed, context: Context) -> dict[str, Any]:
    """What rendering needs to write the boxes of an example in another style."""
    return {"image_id": record.image_id, "image_size": list(record.size), "boxes": list(context.task.boxes)}


def _name_match(record: Picture, context: Context, throw: Dice, *, thing: Thing, wrong: str) -> Example:
    positive = throw.coin("positive")
    verdict = draw_verdict(context.task.name, throw, positive=positive)
    return box_example(
        record,
        context,
        text=thing.category if positive else wrong,
        region=(thing.box,),
        options=verdict.options,
        target=verdict.target,
        meta={"positive": positive},
    )


def _by_category(found: list[Thing]) -> dict[str, list[Thing]]:
    groups: dict[str, list[Thing]] = {}
    for thing in found:
        groups.setdefault(thing.category, []).append(thing)
    return groups


def _names_elsewhere(record: Picture, thing: Thing, found: list[Thing]) -> list[str]:
    names = [name for name in _by_category(found) if name != thing.category]
    return [name for name in names if not any(share_inside(box, thing.box) for box in outlines(record, name))]


def _tells_apart(thing: Thing, other: Thing) -> bool:
    return other.category != thing.category and iou(thing.box, other.box) < TOO_ALIKE
