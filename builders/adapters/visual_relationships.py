"""Visual relationships: the predicate between two objects, and the missing subject or object of a relationship."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from instraug_datasets.records import Box, Example

from ..sources.regions import Region
from ..sources.texts import normalize_text
from ..sources.visual_genome_relationships import Relationship
from .box_geometry import box_iou, clip_box, format_boxes, usable_box
from .context import Context, Skip
from .object_grounding import MAX_DISTRACTOR_IOU, make_box_example

__all__ = ["identify_object", "identify_predicate", "identify_subject", "locate_object", "locate_subject"]

Role = Literal["subject", "object"]


class RelationshipBoxes(NamedTuple):
    """The boxes of a relationship's subject and object."""

    subject: Box
    object: Box


def identify_predicate(record: Relationship, context: Context) -> Example | Skip:
    """Give the predicate that relates the objects in two boxes; every annotated predicate of the pair is an answer."""
    boxes = _boxes(record)
    if isinstance(boxes, Skip):
        return boxes
    own = record.triple
    same_pair = [
        other.predicate
        for other in record.others
        if _is_same(other.subject, own.subject, record) and _is_same(other.object, own.object, record)
    ]
    answers = tuple(dict.fromkeys([own.predicate, *filter(None, same_pair)]))
    return make_box_example(record, context, region=boxes, target=own.predicate, answers=answers)


def identify_object(record: Relationship, context: Context) -> Example | Skip:
    """Name the object of a relationship, given the predicate and the subject's box."""
    return _identify(record, context, given="subject", wanted="object")


def identify_subject(record: Relationship, context: Context) -> Example | Skip:
    """Name the subject of a relationship, given the predicate and the object's box."""
    return _identify(record, context, given="object", wanted="subject")


def locate_object(record: Relationship, context: Context) -> Example | Skip:
    """Give the box of a relationship's object, given the predicate and the subject's box."""
    return _locate(record, context, given="subject", wanted="object")


def locate_subject(record: Relationship, context: Context) -> Example | Skip:
    """Give the box of a relationship's subject, given the predicate and the object's box."""
    return _locate(record, context, given="object", wanted="subject")


def _identify(record: Relationship, context: Context, *, given: Role, wanted: Role) -> Example | Skip:
    boxes = _boxes(record)
    if isinstance(boxes, Skip):
        return boxes
    region: Region = getattr(record.triple, wanted)
    name = normalize_text(region.text)
    if any(normalize_text(other.text) != name for other in _alternatives(record, given=given, wanted=wanted)):
        return Skip("ambiguous_relation")
    text = record.triple.predicate
    return make_box_example(record, context, region=(getattr(boxes, given),), text=text, target=region.text)


def _locate(record: Relationship, context: Context, *, given: Role, wanted: Role) -> Example | Skip:
    boxes = _boxes(record)
    if isinstance(boxes, Skip):
        return boxes
    region: Region = getattr(record.triple, wanted)
    if not all(_is_same(other, region, record) for other in _alternatives(record, given=given, wanted=wanted)):
        return Skip("ambiguous_relation")
    target = format_boxes(getattr(boxes, wanted))
    return make_box_example(
        record, context, region=(getattr(boxes, given),), text=record.triple.predicate, target=target
    )


def _alternatives(record: Relationship, *, given: Role, wanted: Role) -> Iterator[Region]:
    """What else stands in the same relation to the given subject or object."""
    own: Region = getattr(record.triple, given)
    for other in record.others:
        if other.predicate == record.triple.predicate and _is_same(getattr(other, given), own, record):
            yield getattr(other, wanted)


def _boxes(record: Relationship) -> RelationshipBoxes | Skip:
    """The boxes of subject and object, or why the relationship does not suit any of the tasks."""
    triple = record.triple
    if not (triple.predicate and triple.subject.text and triple.object.text):
        return Skip("empty_text")
    subject, object_ = (usable_box(region.box, record.size) for region in (triple.subject, triple.object))
    if subject is None or object_ is None:
        return Skip("box_too_small_or_outside")
    return Skip("one_box_for_both") if subject == object_ else RelationshipBoxes(subject, object_)


def _is_same(one: Region, other: Region, record: Relationship) -> bool:
    """Whether two boxes probably mark one object; annotators seldom draw exactly the same box twice."""
    return box_iou(clip_box(one.box, record.size), clip_box(other.box, record.size)) >= MAX_DISTRACTOR_IOU
