"""How two things of a picture are related, and which things stand in a relation to a given one."""

from __future__ import annotations

from typing import NamedTuple

from instraug_datasets.records import Box, Example

from ..sources.regions import Region
from ..sources.texts import plain
from ..sources.visual_genome_relationships import Relationship, Triple
from .boxes import box_text, clipped, iou, large_enough
from .context import Context, Skip
from .object_grounding import TOO_ALIKE, box_example

__all__ = ["locate_object", "locate_subject", "name_object", "name_relation", "name_subject"]


class Ends(NamedTuple):
    """The boxes of a relationship's two ends."""

    subject: Box
    object: Box


def name_relation(record: Relationship, context: Context) -> Example | Skip:
    """Say how the thing in one box is related to the thing in another; every annotated relation of the two counts."""
    ends = _ends(record)
    if isinstance(ends, Skip):
        return ends
    own = record.triple
    same = [
        other.predicate
        for other in record.others
        if _is_same(other.subject, own.subject, record) and _is_same(other.object, own.object, record)
    ]
    answers = tuple(dict.fromkeys([own.predicate, *filter(None, same)]))
    return box_example(record, context, region=ends, target=own.predicate, answers=answers)


def name_object(record: Relationship, context: Context) -> Example | Skip:
    """Name the thing that the one in a box is related to."""
    ends = _ends(record)
    if isinstance(ends, Skip):
        return ends
    if any(plain(other.object.text) != plain(record.triple.object.text) for other in _of_subject(record)):
        return Skip("ambiguous_relation")
    triple = record.triple
    return box_example(record, context, region=(ends.subject,), text=triple.predicate, target=triple.object.text)


def name_subject(record: Relationship, context: Context) -> Example | Skip:
    """Name the thing that is related to the one in a box."""
    ends = _ends(record)
    if isinstance(ends, Skip):
        return ends
    if any(plain(other.subject.text) != plain(record.triple.subject.text) for other in _of_object(record)):
        return Skip("ambiguous_relation")
    triple = record.triple
    return box_example(record, context, region=(ends.object,), text=triple.predicate, target=triple.subject.text)


def locate_object(record: Relationship, context: Context) -> Example | Skip:
    """Give the box of the thing that the one in a box is related to."""
    ends = _ends(record)
    if isinstance(ends, Skip):
        return ends
    if not all(_is_same(other.object, record.triple.object, record) for other in _of_subject(record)):
        return Skip("ambiguous_relation")
    target = box_text(ends.object)
    return box_example(record, context, region=(ends.subject,), text=record.triple.predicate, target=target)


def locate_subject(record: Relationship, context: Context) -> Example | Skip:
    """Give the box of the thing that is related to the one in a box; that box is the object's, never the answer."""
    ends = _ends(record)
    if isinstance(ends, Skip):
        return ends
    if not all(_is_same(other.subject, record.triple.subject, record) for other in _of_object(record)):
        return Skip("ambiguous_relation")
    target = box_text(ends.subject)
    return box_example(record, context, region=(ends.object,), text=record.triple.predicate, target=target)


def _ends(record: Relationship) -> Ends | Skip:
    """The boxes of both ends, unless something lacks that any of the tasks needs."""
    triple = record.triple
    if not (triple.predicate and triple.subject.text and triple.object.text):
        return Skip("empty_text")
    subject, object_ = (large_enough(end.box, record.size) for end in (triple.subject, triple.object))
    if subject is None or object_ is None:
        return Skip("box_too_small_or_outside")
    return Skip("one_box_for_both") if subject == object_ else Ends(subject, object_)


def _of_subject(record: Relationship) -> list[Triple]:
    """The other relationships of the same kind from the same subject."""
    own = record.triple
    return [each for each in _of_kind(record) if _is_same(each.subject, own.subject, record)]


def _of_object(record: Relationship) -> list[Triple]:
    """The other relationships of the same kind to the same object."""
    return [each for each in _of_kind(record) if _is_same(each.object, record.triple.object, record)]


def _of_kind(record: Relationship) -> list[Triple]:
    return [each for each in record.others if each.predicate == record.triple.predicate]


def _is_same(one: Region, other: Region, record: Relationship) -> bool:
    """Whether two boxes are meant for one thing: annotators seldom draw a box twice alike."""
    return iou(clipped(one.box, record.size), clipped(other.box, record.size)) >= TOO_ALIKE
