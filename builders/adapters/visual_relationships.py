"""Visual relationships: the predicate between two objects, and the missing subject or object of a relationship."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from instraug_datasets.lazy_numpy import np
from instraug_datasets.records import Box, Example

from ..sources.regions import Region
from ..sources.texts import normalize_text
from ..sources.visual_genome_relationships import PictureTriples, Relationship
from .box_geometry import clip_box, format_boxes, is_usable, overlap_matrix
from .context import Context, Skip
from .object_grounding import MAX_DISTRACTOR_IOU, make_box_example

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["identify_object", "identify_predicate", "identify_subject", "locate_object", "locate_subject"]

Role = Literal["subject", "object"]
Flags: TypeAlias = "npt.NDArray[np.bool_]"
T = TypeVar("T")


class PerRole(NamedTuple, Generic[T]):
    """What belongs to the subjects and to the objects of a picture's relationships."""

    subject: T
    object: T


class Geometry(NamedTuple):
    """The boxes of a picture's relationships.

    Attributes:
        boxes: The clipped boxes.
        same: Whether two subjects, or two objects, are probably the same, as a symmetric matrix.
        same_pair: For each relationship, the places of those with the same subject and the same object.
    """

    boxes: PerRole[list[Box]]
    same: PerRole[Flags]
    same_pair: list[list[int]]


class RelationshipBoxes(NamedTuple):
    """The boxes of a relationship's subject and object."""

    subject: Box
    object: Box


def identify_predicate(record: Relationship, context: Context) -> Example | Skip:
    """Give the predicate that relates the objects in two boxes; every annotated predicate of the pair is an answer."""
    boxes = _boxes(record)
    if isinstance(boxes, Skip):
        return boxes
    own, triples = record.triple.predicate, record.shared.triples
    same_pair = (triples[place].predicate for place in _geometry(record.shared).same_pair[record.place])
    answers = tuple(dict.fromkeys([own, *filter(None, same_pair)]))
    return make_box_example(record, context, region=boxes, target=own, answers=answers)


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
    others: Iterator[Region] = (
        getattr(record.shared.triples[place], wanted) for place in _alternatives(record, given=given)
    )
    if any(normalize_text(other.text) != name for other in others):
        return Skip("ambiguous_relation")
    text = record.triple.predicate
    return make_box_example(record, context, region=(getattr(boxes, given),), text=text, target=region.text)


def _locate(record: Relationship, context: Context, *, given: Role, wanted: Role) -> Example | Skip:
    boxes = _boxes(record)
    if isinstance(boxes, Skip):
        return boxes
    same = getattr(_geometry(record.shared).same, wanted)[record.place]
    if not all(same[place] for place in _alternatives(record, given=given)):
        return Skip("ambiguous_relation")
    target = format_boxes(getattr(boxes, wanted))
    return make_box_example(
        record, context, region=(getattr(boxes, given),), text=record.triple.predicate, target=target
    )


def _alternatives(record: Relationship, *, given: Role) -> list[int]:
    """The places of the triples with the same predicate and the same subject or object, including the record's own."""
    triples, predicate = record.shared.triples, record.triple.predicate
    same: Flags = getattr(_geometry(record.shared).same, given)[record.place]
    return [place for place in np.flatnonzero(same).tolist() if triples[place].predicate == predicate]


def _boxes(record: Relationship) -> RelationshipBoxes | Skip:
    """The boxes of subject and object, or why the relationship does not suit any of the tasks."""
    triple = record.triple
    if not (triple.predicate and triple.subject.text and triple.object.text):
        return Skip("empty_text")
    geometry = _geometry(record.shared)
    subject, object_ = geometry.boxes.subject[record.place], geometry.boxes.object[record.place]
    if not (is_usable(subject) and is_usable(object_)):
        return Skip("box_too_small_or_outside")
    return Skip("one_box_for_both") if subject == object_ else RelationshipBoxes(subject, object_)


# Records of a picture follow each other, and threads may read several pictures at once.
@lru_cache(maxsize=8)
def _geometry(shared: PictureTriples) -> Geometry:
    """The geometry of a picture, computed once for all of its relationships."""
    boxes = PerRole(
        [clip_box(triple.subject.box, shared.size) for triple in shared.triples],
        [clip_box(triple.object.box, shared.size) for triple in shared.triples],
    )
    # Two boxes probably mark one object if they overlap; annotators seldom draw exactly the same box twice.
    same = PerRole(overlap_matrix(boxes.subject, MAX_DISTRACTOR_IOU), overlap_matrix(boxes.object, MAX_DISTRACTOR_IOU))
    return Geometry(boxes, same, [np.flatnonzero(row).tolist() for row in same.subject & same.object])
