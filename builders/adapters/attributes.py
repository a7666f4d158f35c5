"""Which of several attributes does an object have?"""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.texts import plain
from ..sources.vaw import AttributedObject
from .boxes import large_enough
from .context import Context, Skip, dice
from .object_grounding import MAX_OPTIONS, box_example

__all__ = ["select_attribute"]


def select_attribute(record: AttributedObject, context: Context) -> Example | Skip:
    """Choose what is true of the object in a box; the other attributes were denied by the annotators.

    The object's name is `text`, as a box alone seldom says which of the things in it is meant.
    """
    box = large_enough(record.region.box, record.size)
    if box is None:
        return Skip("box_too_small_or_outside")
    positive = {plain(attribute) for attribute in record.positive}
    denied = {plain(each): each for each in record.negative if plain(each) not in positive | {""}}
    right = [attribute for attribute in record.positive if plain(attribute)]
    if not right or not denied:
        return Skip("no_attribute_to_tell_apart")
    throw = dice(record, context)
    own = throw.choice("right", right)
    wrong = throw.shuffled("wrong", list(denied.values()))[: MAX_OPTIONS - 1]
    return box_example(
        record,
        context,
        text=record.region.text or None,
        region=(box,),
        options=tuple(throw.shuffled("options", [own, *wrong])),
        target=own,
    )
