"""Visual Genome: relationships between two named objects with boxes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ..files.json_tables import NonNegativeInt, Table
from ..files.root import DataRoot
from .regions import Region, xywh_to_xyxy
from .spec import Files
from .visual_genome import ItemTable, picture_name, picture_sizes, read_groups

__all__ = ["Relationship", "Triple", "read_relationships"]


@dataclass(frozen=True, slots=True)
class Triple:
    """A subject, a predicate and an object; the texts of the regions are names."""

    subject: Region
    predicate: str
    object: Region


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship, with the other relationships of its picture."""

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    triple: Triple
    others: tuple[Triple, ...]


def read_relationships(root: DataRoot, files: Files) -> Table[Relationship]:
    """Every relationship of a split."""
    return _Relationships(root, files)


class _Group(msgspec.Struct):
    image_id: NonNegativeInt
    items: list[msgspec.Raw] = msgspec.field(name="relationships")


class _OtherGroup(_Group):
    image_id: NonNegativeInt = msgspec.field(name="id")


class _Object(msgspec.Struct):
    x: float
    y: float
    w: float
    h: float
    # Versions 1.0 and 1.2 have a list of names, which may be empty, and 1.4 has one name.
    names: list[str] = msgspec.field(default_factory=list)
    name: str = ""


class _Relationship(msgspec.Struct):
    relationship_id: NonNegativeInt
    predicate: str
    subject: _Object
    object: _Object


class _RelationshipId(msgspec.Struct):
    relationship_id: NonNegativeInt


class _Relationships(ItemTable[_Group, _Relationship, Relationship]):
    def __init__(self, root: DataRoot, files: Files) -> None:
        groups = read_groups(root, files, kinds=(_Group, _OtherGroup))
        super().__init__(root, files, groups, kind=_Relationship, ids=_RelationshipId, label="relationships")
        self._sizes = picture_sizes(root)

    def _make(self, key: str, group: int, item: _Relationship, place: int) -> Relationship:
        image_id = self._items.group(group).image_id
        picture = picture_name(image_id)
        size = self._sizes.of(image_id, picture)
        others = tuple(_triple(other) for other in self._neighbours(group, place))
        return Relationship(key, image_id, picture, size, _triple(item), others)


def _triple(raw: _Relationship) -> Triple:
    return Triple(_object(raw.subject), raw.predicate.strip().lower(), _object(raw.object))


def _object(raw: _Object) -> Region:
    name = raw.names[0] if raw.names else raw.name
    return Region(xywh_to_xyxy(raw.x, raw.y, raw.w, raw.h), name.strip())
