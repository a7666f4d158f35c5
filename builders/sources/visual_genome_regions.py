"""Visual Genome: region descriptions, one by one and by picture."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import NamedTuple

import msgspec

from instraug_datasets.lazy_numpy import np

from ..files.image_sizes import ImageSizes
from ..files.json_tables import JsonArray, NonNegativeInt
from ..files.nested_tables import LastGroup
from ..files.root import DataRoot
from ..files.tables import UNREADABLE, IdArray, Table
from .regions import BoxArray, Region, xywh_to_xyxy
from .spec import Files
from .visual_genome import (
    IndexedGroups,
    ItemTable,
    open_items,
    picture_name,
    picture_sizes,
    read_groups,
    split_positions,
)

__all__ = ["PictureRegions", "RegionDescription", "read_picture_regions", "read_region_descriptions"]


class RegionDescription(NamedTuple):
    """One region with its description, and the other regions of its picture."""

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    region: Region
    others: tuple[Region, ...]
    answers: tuple[str, ...] = ()


class PictureRegions(NamedTuple):
    """One picture with the boxes of all of its regions, in the order of the file, as annotated: shape `(count, 4)`."""

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    boxes: BoxArray


def read_region_descriptions(root: DataRoot, files: Files) -> Table[RegionDescription]:
    """Every region of a split."""
    sizes = picture_sizes(root)
    return open_items(
        root,
        files,
        (_Group, _OtherGroup),
        ids=_RegionId,
        make=lambda opened, chosen: _Regions(opened, chosen, sizes),
    )


def read_picture_regions(root: DataRoot, files: Files) -> Table[PictureRegions]:
    """Every picture of a split with its regions."""
    return _RegionSets(root, files)


class _Group(msgspec.Struct):
    image_id: NonNegativeInt = msgspec.field(name="id")
    items: list[msgspec.Raw] = msgspec.field(name="regions")


class _OtherGroup(_Group):
    image_id: NonNegativeInt = msgspec.field(name="image_id")


class _WholeGroup(msgspec.Struct):
    image_id: NonNegativeInt = msgspec.field(name="id")
    regions: list[_Region]


class _OtherWholeGroup(_WholeGroup):
    image_id: NonNegativeInt = msgspec.field(name="image_id")


class _GroupIds(msgspec.Struct):
    id: NonNegativeInt = UNREADABLE
    image_id: NonNegativeInt = UNREADABLE


class _Region(msgspec.Struct):
    region_id: NonNegativeInt
    x: float
    y: float
    width: float
    height: float
    phrase: str


_WHOLE_GROUPS: Mapping[type[_Group], type[_WholeGroup]] = {_Group: _WholeGroup, _OtherGroup: _OtherWholeGroup}
_BOX = attrgetter("x", "y", "width", "height")


class _RegionId(msgspec.Struct):
    region_id: NonNegativeInt


class _PicturePhrases(NamedTuple):
    image_id: int
    picture: str
    size: tuple[int, int]
    regions: tuple[Region, ...]


class _Regions(ItemTable[_Group, _Region, RegionDescription]):
    def __init__(self, opened: IndexedGroups[_Group], chosen: IdArray, sizes: ImageSizes) -> None:
        super().__init__(opened, chosen, kind=_Region, ids=_RegionId, label="regions")
        self._sizes = sizes
        self._pictures = LastGroup(self._read_picture)

    def _make(self, key: str, group: int, item: _Region, place: int) -> RegionDescription:
        whole, places = self._pictures.get(group)
        own = places[place]
        others = whole.regions[:own] + whole.regions[own + 1 :]
        return RegionDescription(key, whole.image_id, whole.picture, whole.size, whole.regions[own], others)

    def _read_picture(self, group: int) -> tuple[_PicturePhrases, dict[int, int]]:
        """The readable regions of a picture, and the index of each among them."""
        image_id = self._items.group(group).image_id
        picture = picture_name(image_id)
        readable = self._items.readable(group)
        regions = tuple(map(_region, readable.values()))
        places = {place: index for index, place in enumerate(readable)}
        return _PicturePhrases(image_id, picture, self._sizes.of(image_id, picture), regions), places


class _RegionSets(Table[PictureRegions]):
    def __init__(self, root: DataRoot, files: Files) -> None:
        self._groups = read_groups(root, files, kinds=(_Group, _OtherGroup), ids=_RegionId).groups
        self._chosen = split_positions(root, files, len(self._groups))
        self._sizes = picture_sizes(root)
        self._decode = msgspec.json.Decoder(_WHOLE_GROUPS[self._groups.kind]).decode
        ids = np.maximum(*self._groups.columns(_GroupIds))
        super().__init__(self._groups.file, ids[self._chosen])

    def _record(self, index: int) -> PictureRegions:
        position = int(self._chosen[index])
        image_id, items = self._read(position)
        picture = picture_name(image_id)
        boxes = np.array(list(map(_BOX, items)), np.float64).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        return PictureRegions(str(image_id), image_id, picture, self._sizes.of(image_id, picture), boxes)

    def _read(self, position: int) -> tuple[int, list[_Region]]:
        try:
            whole = self._decode(self._groups.raw(position))
            return whole.image_id, whole.regions
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # One by one, so that the error names the region.
            group = self._groups[position]
            items = JsonArray(self.file, group.items, kind=_Region, label=f"{self._groups.name(position)}.regions")
            return group.image_id, items.select(range(len(items)))


def _region(raw: _Region) -> Region:
    return Region(xywh_to_xyxy(raw.x, raw.y, raw.width, raw.height), raw.phrase.strip())
