"""MSCOCO 2014: captions, and object instances by picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import msgspec

from instraug_datasets.lazy_numpy import np
from instraug_datasets.records import Box

from ..files.json_tables import JsonArray, NonNegativeInt, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import UNREADABLE, Table, indices_of
from .coco_format import InstanceFile, RawId, orphan_errors
from .regions import clip_box, clip_boxes
from .shared_pictures import (
    COCO_ARCHIVES,
    COCO_VERIFIED,
    TRAIN2014,
    VAL2014,
    also_in,
    downloads_of,
    files_with,
    release_of,
)
from .spec import Download, Files, PictureSet, Source
from .texts import TextTable

__all__ = [
    "COCO_CAPTIONS",
    "COCO_INSTANCES",
    "DOWNLOADS",
    "PICTURES",
    "AnnotatedPicture",
    "Caption",
    "picture_name",
    "read_annotated_pictures",
    "read_captions",
]

FOLDER = "MSCOCO2014"
PICTURES = {"train": TRAIN2014, "validation": VAL2014}
DOWNLOADS = downloads_of(*PICTURES.values())
"""The downloads of the pictures."""

_PLACES = (FOLDER, "coco")
_ANNOTATIONS = "annotations_trainval2014.zip"
_AUTOMATIC = (
    Download(f"http://images.cocodataset.org/annotations/{_ANNOTATIONS}", f"{FOLDER}/{_ANNOTATIONS}"),
    *DOWNLOADS,
)

_LICENCE = "annotations CC BY 4.0; pictures under the Flickr terms of their owners"


def _source(kind: str, title: str) -> Source:
    splits = {split: _files(kind, pictures) for split, pictures in PICTURES.items()}
    return Source(
        name=f"mscoco_{kind}",
        title=title,
        licence=_LICENCE,
        homepage="https://cocodataset.org",
        downloads=tuple(download.url for download in _AUTOMATIC),
        splits=splits,
        alternatives=also_in(chain(*(files.annotations for files in splits.values())), "coco/annotations", FOLDER),
        archives=(
            *(Archive(f"{place}/{_ANNOTATIONS}", into=place, holds=f"{place}/annotations") for place in _PLACES),
            *COCO_ARCHIVES,
        ),
        note=f"Put the zips into {FOLDER}/ as they are, or unpack them there.",
        automatic=_AUTOMATIC,
        size="19 GB zipped: pictures 13 GB (train) and 6 GB (validation), annotations 0.24 GB",
        verified=f"The URLs and the layout (VT-NLP/MultiInstruct: download_scripts/mscoco2014.sh); {COCO_VERIFIED}",
    )


def _files(kind: str, pictures: PictureSet) -> Files:
    return files_with(pictures, annotations=(f"{FOLDER}/annotations/{kind}_{release_of(pictures)}.json",))


COCO_CAPTIONS = _source("captions", "MSCOCO 2014 captions")
COCO_INSTANCES = _source("instances", "MSCOCO 2014 instances")


@dataclass(frozen=True, slots=True)
class Caption:
    """One caption annotation."""

    key: str
    image_id: int
    picture: str
    text: str


class AnnotatedPicture(NamedTuple):
    """One picture with its objects in the order of the file.

    Attributes:
        size: Width and height in pixels.
        categories: The category of each object.
        boxes: The box of each object in whole pixels, clipped to the picture; without area if it lies outside.
        crowds: Whether each box stands for a group of objects.
    """

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    categories: list[str]
    boxes: list[Box]
    crowds: list[bool]


def picture_name(files: Files, image_id: int) -> str:
    """The file name of a picture of MSCOCO 2014.

    Example:
        picture_name(files, 9)  # "COCO_train2014_000000000009.jpg"
    """
    return f"{_name_prefix(files)}{image_id:012d}.jpg"


def _name_prefix(files: Files) -> str:
    return f"COCO_{release_of(files.shared[0])}_"


def read_captions(root: DataRoot, files: Files) -> Table[Caption]:
    """Every caption of a split."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=_CaptionFile).annotations
    return _Captions(JsonArray(file, raws, kind=_Caption, label="annotations"), files)


def read_annotated_pictures(root: DataRoot, files: Files) -> Table[AnnotatedPicture]:
    """Every picture of a split with its objects, including pictures without objects."""
    (file,) = files.annotations
    return _Pictures(InstanceFile(root, file), files)


class _Caption(msgspec.Struct):
    id: NonNegativeInt
    image_id: NonNegativeInt
    caption: str


class _CaptionFile(msgspec.Struct):
    annotations: list[msgspec.Raw]


class _ImageSize(msgspec.Struct):
    width: NonNegativeInt
    height: NonNegativeInt


class _CaptionIds(msgspec.Struct):
    id: NonNegativeInt
    image_id: NonNegativeInt


class _Captions(TextTable[Caption]):
    def __init__(self, captions: JsonArray[_Caption], files: Files) -> None:
        ids, image_ids = captions.columns(_CaptionIds)
        super().__init__(captions.file, ids, image_ids=image_ids)
        self._captions, self._split = captions, files

    def _record(self, index: int) -> Caption:
        raw = self._captions[index]
        name = picture_name(self._split, raw.image_id)
        return Caption(str(raw.id), raw.image_id, name, raw.caption.strip())


class _Pictures(Table[AnnotatedPicture]):
    def __init__(self, document: InstanceFile, files: Files) -> None:
        self._document, self._prefix = document, _name_prefix(files)
        (ids,) = document.images.columns(RawId)
        annotations = document.columns
        orphans = orphan_errors(document.annotations, image_ids=annotations.image_ids, known=ids)
        super().__init__(document.file, ids, orphans=orphans)
        self._sizes = np.stack(document.images.columns(_ImageSize), axis=1)
        # Sorted by picture, so that the objects of a picture are a slice.
        self._order = np.argsort(annotations.image_ids, kind="stable")
        owners = annotations.image_ids[self._order]
        self._starts, self._stops = (np.searchsorted(owners, ids, side) for side in ("left", "right"))
        self._categories, self._crowds = annotations.categories[self._order], annotations.crowds[self._order]
        sizes = self._sizes[indices_of(ids, owners)]
        self._boxes = clip_boxes(annotations.boxes[self._order], sizes) if len(ids) else annotations.boxes

    def _record(self, index: int) -> AnnotatedPicture:
        width, height = self._sizes[index].tolist()
        image_id = int(self._keys[index])
        if width == UNREADABLE or image_id == UNREADABLE:
            image = self._document.images[index]
            width, height, image_id = image.width, image.height, image.id
        own = slice(int(self._starts[index]), int(self._stops[index]))
        numbers = self._categories[own].tolist()
        if UNREADABLE in numbers:
            categories, boxes, crowds = self._decode(own, (width, height))
        else:
            names = self._document.category_names
            categories = [names[number] for number in numbers]
            boxes, crowds = list(map(tuple, self._boxes[own].tolist())), self._crowds[own].tolist()
        name = f"{self._prefix}{image_id:012d}.jpg"
        return AnnotatedPicture(str(image_id), image_id, name, (width, height), categories, boxes, crowds)

    def _decode(self, own: slice, size: tuple[int, int]) -> tuple[list[str], list[Box], list[bool]]:
        """The objects of a picture of which some are not in the columns.

        Raises:
            SourceError: Raised if an annotation is unreadable or its category is unknown.
        """
        found = self._document.instances(self._order[own].tolist())
        boxes = [clip_box(instance.box, size) for instance in found]
        return [instance.category for instance in found], boxes, [instance.crowd for instance in found]
