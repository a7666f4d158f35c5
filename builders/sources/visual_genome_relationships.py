"""The relationships of Visual Genome, each between two named things with boxes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ..files.json_tables import NonNegativeInt, Table
from ..files.root import DataRoot
from .regions import Region, corners
from .spec import Files
from .visual_genome import ItemTable, genome_sizes, picture_of, read_groups

__all__ = ["Relationship", "Triple", "read_relationships"]


@dataclass(frozen=True, slots=True)
class Triple:
    """How one thing is related to another; the texts of the regions are names."""

    subject: Region
    predicate: str
    object: Region


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship, and the others of its picture."""

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    triple: Triple
    others: tuple[Triple, ...]


def read_relationships(root: DataRoot, files: Files) -> Table[Relationship]:
    """Every relationship of a split."""
    return _Relationships(root, files)


class _Group(msgspec.Struct, rename={"items": "relationships"}):
    image_id: NonNegativeInt
    items: list[msgspec.Raw]


class _Thing(msgspec.Struct):
    x: float
    y: float
    w: float
    h: float
    # Versions 1.0 and 1.2 have a list, 1.4 has one name; a list is now and then empty.
    names: list[str] = msgspec.field(default_factory=list)
    name: str = ""


class _Relationship(msgspec.Struct):
    relationship_id: NonNegativeInt
    predicate: str
    subject: _Thing
    object: _Thing


class _RelationshipId(msgspec.Struct):
    relationship_id: NonNegativeInt


class _Relationships(ItemTable[_Group, _Relationship, Relationship]):
    def __init__(self, root: DataRoot, files: Files) -> None:
        groups = read_groups(root, files, kind=_Group)
        super().__init__(root, files, groups, kind=_Relationship, ids=_RelationshipId, label="relationships")
        self._sizes = genome_sizes(root)

    def _make(self, key: str, group: int, item: _Relationship, place: int) -> Relationship:
        image_id = self._items.group(group).image_id
        picture = picture_of(image_id)
        size = self._sizes.of(image_id, picture)
        others = tuple(_triple(other) for other in self._neighbours(group, place))
        return Relationship(key, image_id, picture, size, _triple(item), others)


def _triple(raw: _Relationship) -> Triple:
    return Triple(_thing(raw.subject), raw.predicate.strip().lower(), _thing(raw.object))


def _thing(raw: _Thing) -> Region:
    name = raw.names[0] if raw.names else raw.name
    return Region(corners(raw.x, raw.y, raw.w, raw.h), name.strip())
