"""MSCOCO 2014: captions, and object instances by picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError

from ..files.json_tables import UNREADABLE, Array, Ids, Number, Table, groups, positions, read_document
from ..files.root import Archive, DataRoot
from .spec import Download, Files, Source
from .texts import TextTable

__all__ = [
    "COCO_CAPTIONS",
    "COCO_INSTANCES",
    "DOWNLOADS",
    "PICTURES",
    "PICTURE_ARCHIVES",
    "AnnotatedPicture",
    "Caption",
    "Instance",
    "picture_name",
    "read_annotated_pictures",
    "read_captions",
]

FOLDER = "MSCOCO2014"
PICTURES = {"train": f"{FOLDER}/train2014", "validation": f"{FOLDER}/val2014"}
PICTURE_ARCHIVES = tuple(Archive(f"{folder}.zip", into=FOLDER, holds=folder) for folder in PICTURES.values())

_ANNOTATIONS = f"{FOLDER}/annotations"
_ARCHIVES = (Archive(f"{FOLDER}/annotations_trainval2014.zip", into=FOLDER, holds=_ANNOTATIONS), *PICTURE_ARCHIVES)
_SITE = "http://images.cocodataset.org"
DOWNLOADS = tuple(Download(f"{_SITE}/zips/{name}.zip", f"{FOLDER}/{name}.zip") for name in ("train2014", "val2014"))
"""The downloads of the pictures."""

_AUTOMATIC = (
    Download(f"{_SITE}/annotations/annotations_trainval2014.zip", f"{FOLDER}/annotations_trainval2014.zip"),
    *DOWNLOADS,
)

_LICENCE = "annotations CC BY 4.0; pictures under the Flickr terms of their owners"


def _source(kind: str, title: str) -> Source:
    return Source(
        name=f"mscoco_{kind}",
        title=title,
        licence=_LICENCE,
        homepage="https://cocodataset.org",
        downloads=tuple(download.url for download in _AUTOMATIC),
        splits={
            "train": Files((f"{_ANNOTATIONS}/{kind}_train2014.json",), (PICTURES["train"],)),
            "validation": Files((f"{_ANNOTATIONS}/{kind}_val2014.json",), (PICTURES["validation"],)),
        },
        archives=_ARCHIVES,
        note=f"Put the zips into {FOLDER}/ as they are, or unpack them there.",
        automatic=_AUTOMATIC,
        size="19 GB zipped: pictures 13 GB (train) and 6 GB (validation), annotations 0.24 GB",
    )


COCO_CAPTIONS = _source("captions", "MSCOCO 2014 captions")
COCO_INSTANCES = _source("instances", "MSCOCO 2014 instances")


@dataclass(frozen=True, slots=True)
class Caption:
    """One caption annotation."""

    key: str
    image_id: int
    picture: str
    text: str


@dataclass(frozen=True, slots=True)
class Instance:
    """One annotated object.

    Attributes:
        box: `(x1, y1, x2, y2)` in pixels as annotated: not clipped, possibly without area.
        crowd: Whether the box stands for a group of objects.
    """

    category: str
    box: tuple[float, float, float, float]
    crowd: bool


@dataclass(frozen=True, slots=True)
class AnnotatedPicture:
    """One picture with its objects in the order of the file; `size` is width and height in pixels."""

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    instances: tuple[Instance, ...]


def picture_name(files: Files, image_id: int) -> str:
    """The file name of a picture of MSCOCO 2014.

    Example:
        picture_name(files, 9)  # "COCO_train2014_000000000009.jpg"
    """
    return f"COCO_{files.pictures[0].rpartition('/')[2]}_{image_id:012d}.jpg"


def read_captions(root: DataRoot, files: Files) -> Table[Caption]:
    """Every caption of a split."""
    (file,) = files.annotations
    raws = read_document(root, file, kind=_CaptionFile).annotations
    return _Captions(Array(file, raws, kind=_Caption, label="annotations"), files)


def read_annotated_pictures(root: DataRoot, files: Files) -> Table[AnnotatedPicture]:
    """Every picture of a split with its objects, including pictures without objects."""
    (file,) = files.annotations
    return _Pictures(read_document(root, file, kind=_InstanceFile), files)


class _Caption(msgspec.Struct):
    id: Number
    image_id: Number
    caption: str


class _CaptionFile(msgspec.Struct):
    annotations: list[msgspec.Raw]


class _CaptionIds(msgspec.Struct):
    id: Number
    image_id: Number


class _Annotation(msgspec.Struct):
    image_id: Number
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class _ImageId(msgspec.Struct):
    image_id: Number


class _Image(msgspec.Struct):
    id: Number
    width: Number
    height: Number


class _Id(msgspec.Struct):
    id: Number


class _Category(msgspec.Struct):
    id: int
    name: str


class _InstanceFile(msgspec.Struct):
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]
    categories: list[_Category]


class _Captions(TextTable[Caption]):
    def __init__(self, captions: Array[_Caption], files: Files) -> None:
        ids, image_ids = captions.columns(_CaptionIds)
        super().__init__(captions.file, ids, image_ids=image_ids)
        self._captions, self._split = captions, files

    def _record(self, index: int) -> Caption:
        raw = self._captions[index]
        name = picture_name(self._split, raw.image_id)
        return Caption(str(raw.id), raw.image_id, name, raw.caption.strip())


class _Pictures(Table[AnnotatedPicture]):
    def __init__(self, document: _InstanceFile, files: Files) -> None:
        (file,) = files.annotations
        self._images = Array(file, document.images, kind=_Image, label="images")
        self._annotations = Array(file, document.annotations, kind=_Annotation, label="annotations")
        self._categories = {category.id: category.name for category in document.categories}
        self._split = files
        (ids,) = self._images.columns(_Id)
        (self._image_ids,) = self._annotations.columns(_ImageId)
        strays = np.flatnonzero((positions(ids, self._image_ids) < 0) | (self._image_ids == UNREADABLE))
        super().__init__(file, ids, strays=[self._stray(index) for index in strays.tolist()])

    @cached_property
    def _of_image(self) -> dict[int, Ids]:
        return dict(groups(self._image_ids))

    def _record(self, index: int) -> AnnotatedPicture:
        image = self._images[index]
        own = self._of_image.get(image.id, ())
        instances = tuple(self._instance(int(position)) for position in own)
        name = picture_name(self._split, image.id)
        return AnnotatedPicture(str(image.id), image.id, name, (image.width, image.height), instances)

    def _instance(self, position: int) -> Instance:
        raw = self._annotations[position]
        if raw.category_id not in self._categories:
            problem = f"the category {raw.category_id} is not among the file's categories"
            raise SourceError(problem, file=self.file, record=f"annotations[{position}]", field="category_id")
        x, y, width, height = raw.bbox
        return Instance(self._categories[raw.category_id], (x, y, x + width, y + height), bool(raw.iscrowd))

    def _stray(self, position: int) -> SourceError:
        try:
            problem = f"the picture {self._annotations[position].image_id} is not among the file's images"
        except SourceError as error:
            return error
        file = self._annotations.file
        return SourceError(problem, file=file, record=f"annotations[{position}]", field="image_id")
