"""MSCOCO 2014: captions, and object instances by picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import msgspec
import numpy as np

from ..files.json_tables import IdArray, JsonArray, NonNegativeInt, Table, group_by_value, read_json
from ..files.root import Archive, DataRoot
from .coco_format import Instance, InstanceFile, RawId, orphan_errors
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
    return f"COCO_{release_of(files.shared[0])}_{image_id:012d}.jpg"


def read_captions(root: DataRoot, files: Files) -> Table[Caption]:
    """Every caption of a split."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=_CaptionFile).annotations
    return _Captions(JsonArray(file, raws, kind=_Caption, label="annotations"), files)


def read_annotated_pictures(root: DataRoot, files: Files) -> Table[AnnotatedPicture]:
    """Every picture of a split with its objects, including pictures without objects."""
    (file,) = files.annotations
    return _Pictures(InstanceFile(root, file), files)


_NONE: IdArray = np.empty(0, np.int64)


class _Caption(msgspec.Struct):
    id: NonNegativeInt
    image_id: NonNegativeInt
    caption: str


class _CaptionFile(msgspec.Struct):
    annotations: list[msgspec.Raw]


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
        self._document, self._split = document, files
        (ids,) = document.images.columns(RawId)
        self._image_ids = document.columns.image_ids
        orphans = orphan_errors(document.annotations, image_ids=self._image_ids, known=ids)
        super().__init__(document.file, ids, orphans=orphans)

    @cached_property
    def _of_image(self) -> dict[int, IdArray]:
        return dict(group_by_value(self._image_ids))

    def _record(self, index: int) -> AnnotatedPicture:
        image = self._document.images[index]
        own = self._of_image.get(image.id, _NONE)
        return AnnotatedPicture(
            key=str(image.id),
            image_id=image.id,
            picture=picture_name(self._split, image.id),
            size=(image.width, image.height),
            instances=self._document.instances_of(own),
        )
