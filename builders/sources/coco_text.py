"""COCO-Text: what is written in pictures of MSCOCO 2014, piece by piece, with how it was made and if it can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError

from ..files.json_tables import IdArray, JsonArray, NonNegativeInt, Table, group_by_value, read_json
from ..files.root import Archive, DataRoot
from .mscoco import DOWNLOADS, PICTURE_ARCHIVES, PICTURES
from .regions import Region, corners
from .spec import Download, Files, Source

__all__ = ["COCO_TEXT", "Writing", "WritingTable", "read_writings"]

T = TypeVar("T")

FOLDER = "coco_text"
FILE = f"{FOLDER}/COCO_Text.json"

_AUTOMATIC = (
    Download("https://vision.cornell.edu/se3/wp-content/uploads/2019/05/COCO_Text.zip", f"{FOLDER}/COCO_Text.zip"),
    *DOWNLOADS,
)

COCO_TEXT = Source(
    name="coco_text",
    title="COCO-Text",
    licence="annotations CC BY 4.0; pictures of MSCOCO under the Flickr terms of their owners",
    homepage="https://vision.cornell.edu/se3/coco-text-2/",
    downloads=tuple(download.url for download in _AUTOMATIC),
    # Its own split is one of MSCOCO train2014.
    splits={
        split: Files((FILE,), tuple(PICTURES.values()), part=part)
        for split, part in (("train", "train"), ("validation", "val"))
    },
    archives=(Archive(f"{FOLDER}/COCO_Text.zip", into=FOLDER, holds=FILE), *PICTURE_ARCHIVES),
    note=f"Put COCO_Text.zip into {FOLDER}/ and the zips of pictures into MSCOCO2014/, or unpack them there.",
    automatic=_AUTOMATIC,
    size="13.5 GB of pictures, 0.1 GB of annotations",
)


@dataclass(frozen=True, slots=True)
class Writing:
    """One piece of text in a picture, and the others of the picture.

    Attributes:
        region: Its box and what it reads, which is empty where nobody could tell.
        legible: Whether it can be read.
        kind: How it was made: one of `kinds`.
        kinds: All ways to make a text that the file knows.
    """

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    region: Region
    others: tuple[Region, ...]
    legible: bool
    kind: str
    kinds: tuple[str, ...]
    answers: tuple[str, ...] = ()


def read_writings(root: DataRoot, files: Files) -> WritingTable:
    """Every piece of text of a split."""
    return WritingTable(root, files)


class _Annotation(msgspec.Struct, rename={"kind": "class", "text": "utf8_string"}):
    id: NonNegativeInt
    image_id: NonNegativeInt
    bbox: tuple[float, float, float, float]
    legibility: Literal["legible", "illegible"]
    kind: str
    text: str | None = None


class _AnnotationIds(msgspec.Struct):
    id: NonNegativeInt
    image_id: NonNegativeInt


class _Kind(msgspec.Struct, rename={"kind": "class"}):
    kind: str


class _Image(msgspec.Struct):
    file_name: str
    width: NonNegativeInt
    height: NonNegativeInt
    set: str


class _ImageId(msgspec.Struct):
    id: NonNegativeInt


class _Category(msgspec.Struct):
    name: str


class _Categories(msgspec.Struct, rename={"kinds": "class"}):
    kinds: dict[str, _Category]


class _File(msgspec.Struct):
    cats: _Categories
    imgs: dict[str, msgspec.Raw]
    anns: dict[str, msgspec.Raw]


class WritingTable(Table[Writing]):
    """Every piece of text of a split."""

    def __init__(self, root: DataRoot, files: Files) -> None:
        (file,) = files.annotations
        document = read_json(root, file, kind=_File)
        self._kinds = tuple(category.name for category in document.cats.kinds.values())
        self._images = _array(file, document.imgs, kind=_Image, label="imgs")
        self._annotations = _array(file, document.anns, kind=_Annotation, label="anns")
        self._raw_kinds = _array(file, document.anns, kind=_Kind, label="anns")
        (image_ids,) = self._images.columns(_ImageId)
        ids, owners = self._annotations.columns(_AnnotationIds)
        self._image_places = {image_id: place for place, image_id in enumerate(image_ids.tolist())}
        self._of_image = dict(group_by_value(owners))
        ours = {image_id for image_id in self._of_image if self._is_part(image_id, files.part)}
        self._chosen: IdArray = np.flatnonzero([owner in ours for owner in owners.tolist()])
        super().__init__(file, ids[self._chosen])

    @cached_property
    def kinds(self) -> Counter[str]:
        """How many pieces of text of the split were made in each way."""
        found: Counter[str] = Counter()
        for place in self._chosen.tolist():
            with suppress(SourceError):
                found[self._raw_kinds[place].kind] += 1
        return found

    def _is_part(self, image_id: int, part: str) -> bool:
        """Whether a picture belongs to a split; one that cannot be read belongs to each, so that it is reported."""
        try:
            return self._images[self._image_places[image_id]].set == part
        except (KeyError, SourceError):
            return True

    def _record(self, index: int) -> Writing:
        place = int(self._chosen[index])
        raw, name = self._annotations[place], self._annotations.name(place)
        if raw.image_id not in self._image_places:
            problem = f"the picture {raw.image_id} is not among the file's pictures"
            raise SourceError(problem, file=self.file, record=name, field="image_id")
        if raw.kind not in self._kinds:
            problem = f"expected one of {', '.join(self._kinds)}, but got {raw.kind!r}"
            raise SourceError(problem, file=self.file, record=name, field="class")
        image = self._images[self._image_places[raw.image_id]]
        return Writing(
            key=self.key(index),
            image_id=raw.image_id,
            picture=image.file_name,
            size=(image.width, image.height),
            region=_region(raw),
            others=tuple(self._others(raw.image_id, place)),
            legible=raw.legibility == "legible",
            kind=raw.kind,
            kinds=self._kinds,
        )

    def _others(self, image_id: int, place: int) -> Iterator[Region]:
        for other in self._of_image[image_id].tolist():
            if other != place:
                with suppress(SourceError):
                    yield _region(self._annotations[other])


def _array(file: str, members: Mapping[str, msgspec.Raw], *, kind: type[T], label: str) -> JsonArray[T]:
    return JsonArray(file, list(members.values()), kind=kind, label=label, names=list(members))


def _region(raw: _Annotation) -> Region:
    return Region(corners(*raw.bbox), (raw.text or "").strip(), raw.kind)
