"""VAW: positive and negative attributes of objects in pictures of Visual Genome."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from instraug_datasets.errors import SourceError

from ..files.json_tables import JsonArray, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .ids import AnyId, NumberId
from .regions import Region, xywh_to_xyxy
from .spec import Files, Source
from .visual_genome import PICTURE_ARCHIVES, PICTURE_DOWNLOADS, PICTURE_SIZES, PICTURES, picture_name, picture_sizes

__all__ = ["VAW", "AttributedObject", "read_attributed_objects"]

FOLDER = "VAW/vaw_dataset"
DATA = f"{FOLDER}/data"


def _files(*names: str) -> Files:
    return Files(tuple(f"{DATA}/{name}.json" for name in names), PICTURES, optional=(PICTURE_SIZES,))


VAW = Source(
    name="vaw",
    title="VAW",
    licence="annotations Adobe Research License (non-commercial research); pictures of Visual Genome under the Flickr "
    "terms of their owners",
    homepage="https://vawdataset.com",
    downloads=("https://github.com/adobe-research/vaw_dataset", *(each.url for each in PICTURE_DOWNLOADS)),
    splits={"train": _files("train_part1", "train_part2"), "validation": _files("val")},
    archives=(Archive("VAW/vaw_dataset-main.zip", into=FOLDER, holds=DATA, top="vaw_dataset-main"), *PICTURE_ARCHIVES),
    note="Clone the repository into VAW/, or put its zip there as vaw_dataset-main.zip; the pictures go into "
    "visual_genome/.",
    automatic=PICTURE_DOWNLOADS,
    size="15 GB of pictures, 0.1 GB of annotations",
    verified="data/train_part1.json, data/train_part2.json and data/val.json with their fields "
    "(adobe-research/vaw_dataset: README.md; VT-NLP/MultiInstruct: download_scripts/vaw.sh, "
    "data_preprocessor/VAW+visual_attribute.py).",
    unverified="Whether ids are numbers, as documented, or text; both are read.",
)


@dataclass(frozen=True, slots=True)
class AttributedObject:
    """One object with its attributes.

    Attributes:
        region: The object's box and name.
        positive: Attributes that the object has.
        negative: Attributes that the object does not have.
    """

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    region: Region
    positive: tuple[str, ...]
    negative: tuple[str, ...]


def read_attributed_objects(root: DataRoot, files: Files) -> Table[AttributedObject]:
    """Every object of a split."""
    return _Objects(root, files)


class _Object(msgspec.Struct):
    image_id: NumberId
    instance_id: AnyId
    instance_bbox: tuple[float, float, float, float]
    object_name: str
    positive_attributes: list[str]
    negative_attributes: list[str]


class _Objects(Table[AttributedObject]):
    def __init__(self, root: DataRoot, files: Files) -> None:
        parts = [_array(root, file) for file in files.annotations]
        self._places = [(part, index) for part in parts for index in range(len(part))]
        self._sizes = picture_sizes(root)
        super().__init__(files.annotations[0], [_key(part, index) for part, index in self._places])

    def _record(self, index: int) -> AttributedObject:
        part, place = self._places[index]
        raw = part[place]
        image_id = int(raw.image_id)
        picture = picture_name(image_id)
        return AttributedObject(
            key=self.key(index),
            image_id=image_id,
            picture=picture,
            size=self._sizes.of(image_id, picture),
            region=Region(xywh_to_xyxy(*raw.instance_bbox), raw.object_name.strip()),
            positive=tuple(raw.positive_attributes),
            negative=tuple(raw.negative_attributes),
        )


def _array(root: DataRoot, file: str) -> JsonArray[_Object]:
    return JsonArray(file, read_json(root, file, kind=list[msgspec.Raw]), kind=_Object, label="object")


def _key(part: JsonArray[_Object], index: int) -> str:
    try:
        return str(part[index].instance_id)
    except SourceError:
        return f"unreadable-{PurePosixPath(part.file).stem}-{index}"
