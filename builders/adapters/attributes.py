"""Visual attributes: choose an attribute that an object has."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.texts import normalize_text
from ..sources.vaw import AttributedObject
from .box_geometry import usable_box
from .context import Context, Skip, example_random
from .object_grounding import MAX_OPTIONS, make_box_example

__all__ = ["select_attribute"]


def select_attribute(record: AttributedObject, context: Context) -> Example | Skip:
    """Choose the attribute of the object in a box; wrong options are attributes that annotators ruled out.

    The object's name is the field `text`, because a box alone often holds several objects.
    """
    box = usable_box(record.region.box, record.size)
    if box is None:
        return Skip("box_too_small_or_outside")
    positive = {normalize_text(attribute) for attribute in record.positive}
    negative = {
        normalize_text(attribute): attribute
        for attribute in record.negative
        if normalize_text(attribute) not in positive | {""}
    }
    candidates = [attribute for attribute in record.positive if normalize_text(attribute)]
    if not candidates or not negative:
        return Skip("no_attribute_to_tell_apart")
    rng = example_random(record, context)
    right = rng.choice("right", candidates)
    wrong = rng.shuffled("wrong", list(negative.values()))[: MAX_OPTIONS - 1]
    return make_box_example(
        record,
        context,
        text=record.region.text or None,
        region=(box,),
        options=tuple(rng.shuffled("options", [right, *wrong])),
        target=right,
    )
