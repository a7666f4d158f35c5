"""Visual Genome: relationships between two named objects with boxes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ..files.image_sizes import ImageSizes
from ..files.json_tables import NonNegativeInt
from ..files.nested_tables import LastGroup
from ..files.root import DataRoot
from ..files.tables import IdArray, Table
from .regions import Region, xywh_to_xyxy
from .spec import Files
from .visual_genome import IndexedGroups, ItemTable, open_items, picture_name, picture_sizes

__all__ = ["PictureTriples", "Relationship", "Triple", "read_relationships"]


@dataclass(frozen=True, slots=True)
class Triple:
    """A subject, a predicate and an object; the texts of the regions are names."""

    subject: Region
    predicate: str
    object: Region


@dataclass(frozen=True, slots=True, eq=False)
class PictureTriples:
    """All readable relationships of a picture, shared by its records so that work on all of them is done once.

    Instances compare and hash by identity.
    """

    image_id: int
    picture: str
    size: tuple[int, int]
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship of a picture.

    Attributes:
        place: Its index among `shared.triples`.
        shared: The relationships of the picture, including this one.
    """

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    place: int
    shared: PictureTriples

    @property
    def triple(self) -> Triple:
        """The relationship itself."""
        return self.shared.triples[self.place]


def read_relationships(root: DataRoot, files: Files) -> Table[Relationship]:
    """Every relationship of a split."""
    sizes = picture_sizes(root)
    return open_items(
        root,
        files,
        (_Group, _OtherGroup),
        ids=_RelationshipId,
        make=lambda opened, chosen: _Relationships(opened, chosen, sizes),
    )


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
    def __init__(self, opened: IndexedGroups[_Group], chosen: IdArray, sizes: ImageSizes) -> None:
        super().__init__(opened, chosen, kind=_Relationship, ids=_RelationshipId, label="relationships")
        self._sizes = sizes
        self._pictures = LastGroup(self._read_picture)

    def _make(self, key: str, group: int, item: _Relationship, place: int) -> Relationship:
        shared, places = self._pictures.get(group)
        return Relationship(key, shared.image_id, shared.picture, shared.size, places[place], shared)

    def _read_picture(self, group: int) -> tuple[PictureTriples, dict[int, int]]:
        """The relationships of a picture, and the index of each among the readable ones."""
        image_id = self._items.group(group).image_id
        picture = picture_name(image_id)
        readable = self._items.readable(group)
        triples = tuple(map(_triple, readable.values()))
        places = {place: index for index, place in enumerate(readable)}
        return PictureTriples(image_id, picture, self._sizes.of(image_id, picture), triples), places


def _triple(raw: _Relationship) -> Triple:
    return Triple(_object(raw.subject), raw.predicate.strip().lower(), _object(raw.object))


def _object(raw: _Object) -> Region:
    name = raw.names[0] if raw.names else raw.name
    return Region(xywh_to_xyxy(raw.x, raw.y, raw.w, raw.h), name.strip())
