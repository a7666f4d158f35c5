"""The region descriptions of Visual Genome, one by one and by picture."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ..files.json_tables import JsonArray, NonNegativeInt, Table
from ..files.root import DataRoot
from .regions import Region, corners
from .spec import Files
from .visual_genome import ItemTable, genome_sizes, picture_of, read_groups, split_positions

__all__ = ["PhrasedRegion", "RegionSet", "read_region_sets", "read_regions"]


@dataclass(frozen=True, slots=True)
class PhrasedRegion:
    """One region with the phrase that describes it, and the others of its picture."""

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    region: Region
    others: tuple[Region, ...]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionSet:
    """One picture with all its regions, in the order of the file."""

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    regions: tuple[Region, ...]


def read_regions(root: DataRoot, files: Files) -> Table[PhrasedRegion]:
    """Every region of a split."""
    return _Regions(root, files)


def read_region_sets(root: DataRoot, files: Files) -> Table[RegionSet]:
    """Every picture of a split with its regions."""
    return _RegionSets(root, files)


class _Group(msgspec.Struct, rename={"image_id": "id", "items": "regions"}):
    image_id: NonNegativeInt
    items: list[msgspec.Raw]


class _GroupId(msgspec.Struct, rename={"image_id": "id"}):
    image_id: NonNegativeInt


class _Region(msgspec.Struct):
    region_id: NonNegativeInt
    x: float
    y: float
    width: float
    height: float
    phrase: str


class _RegionId(msgspec.Struct):
    region_id: NonNegativeInt


class _Regions(ItemTable[_Group, _Region, PhrasedRegion]):
    def __init__(self, root: DataRoot, files: Files) -> None:
        groups = read_groups(root, files, kind=_Group)
        super().__init__(root, files, groups, kind=_Region, ids=_RegionId, label="regions")
        self._sizes = genome_sizes(root)

    def _make(self, key: str, group: int, item: _Region, place: int) -> PhrasedRegion:
        image_id = self._items.group(group).image_id
        picture = picture_of(image_id)
        return PhrasedRegion(
            key,
            image_id,
            picture,
            self._sizes.of(image_id, picture),
            _region(item),
            tuple(_region(other) for other in self._neighbours(group, place)),
        )


class _RegionSets(Table[RegionSet]):
    def __init__(self, root: DataRoot, files: Files) -> None:
        self._groups = read_groups(root, files, kind=_Group)
        self._chosen = split_positions(root, files, len(self._groups))
        self._sizes = genome_sizes(root)
        (ids,) = self._groups.columns(_GroupId)
        super().__init__(self._groups.file, ids[self._chosen])

    def _record(self, index: int) -> RegionSet:
        position = int(self._chosen[index])
        group = self._groups[position]
        items = JsonArray(self.file, group.items, kind=_Region, label=f"{self._groups.name(position)}.regions")
        picture = picture_of(group.image_id)
        size = self._sizes.of(group.image_id, picture)
        return RegionSet(str(group.image_id), group.image_id, picture, size, tuple(map(_region, items)))


def _region(raw: _Region) -> Region:
    return Region(corners(raw.x, raw.y, raw.width, raw.height), raw.phrase.strip())
