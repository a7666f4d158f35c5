"""COCO-Text: text instances in pictures of MSCOCO 2014, with their type and legibility."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import msgspec

from instraug_datasets.errors import SourceError, shown
from instraug_datasets.lazy_numpy import np

from ..files.json_tables import JsonArray, NonNegativeInt, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import IdArray, Table, group_by_value
from .regions import Region, xywh_to_xyxy
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, TRAIN2014, also_in, downloads_of, files_with
from .spec import Download, Files, Source

__all__ = ["COCO_TEXT", "TextInstance", "TextInstanceTable", "read_text_instances"]

T = TypeVar("T")

FOLDER = "coco_text"
FILE = f"{FOLDER}/COCO_Text.json"

_AUTOMATIC = (
    Download("https://vision.cornell.edu/se3/wp-content/uploads/2019/05/COCO_Text.zip", f"{FOLDER}/COCO_Text.zip"),
    *downloads_of(TRAIN2014),
)

COCO_TEXT = Source(
    name="coco_text",
    title="COCO-Text",
    licence="annotations CC BY 4.0; pictures of MSCOCO under the Flickr terms of their owners",
    homepage="https://vision.cornell.edu/se3/coco-text-2/",
    downloads=tuple(download.url for download in _AUTOMATIC),
    # Both splits are taken from MSCOCO train2014.
    splits={
        split: files_with(TRAIN2014, annotations=(FILE,), part=part)
        for split, part in (("train", "train"), ("validation", "val"))
    },
    alternatives=also_in([FILE], "COCO-Text"),
    archives=(Archive(f"{FOLDER}/COCO_Text.zip", into=FOLDER, holds=FILE), *COCO_ARCHIVES),
    note=f"Put COCO_Text.zip into {FOLDER}/ and train2014.zip into MSCOCO2014/, or unpack them there.",
    automatic=_AUTOMATIC,
    size="13.5 GB of pictures, 0.1 GB of annotations",
    verified="The URL (VT-NLP/MultiInstruct: download_scripts/coco_text.sh), the fields of COCO_Text.json "
    "(andreasveit/coco-text: coco_text.py), and that its pictures are those of train2014 (mindspore-lab/mindocr: "
    f"docs/en/datasets/cocotext.md); {COCO_VERIFIED}",
    unverified="The release cocotext.v2.json, which is not read.",
)


@dataclass(frozen=True, slots=True)
class TextInstance:
    """One text instance of a picture, with the other instances of the picture.

    Attributes:
        region: Its box and its transcription, which is empty if annotators could not read it.
        legible: Whether annotators could read it.
        text_type: One of `text_types`, such as machine printed or handwritten.
        text_types: All types that the file declares.
    """

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    region: Region
    others: tuple[Region, ...]
    legible: bool
    text_type: str
    text_types: tuple[str, ...]
    answers: tuple[str, ...] = ()


def read_text_instances(root: DataRoot, files: Files) -> TextInstanceTable:
    """Every text instance of a split."""
    return TextInstanceTable(root, files)


class _Annotation(msgspec.Struct, rename={"text_type": "class", "text": "utf8_string"}):
    id: NonNegativeInt
    image_id: NonNegativeInt
    bbox: tuple[float, float, float, float]
    legibility: Literal["legible", "illegible"]
    text_type: str
    text: str | None = None


class _AnnotationIds(msgspec.Struct):
    id: NonNegativeInt
    image_id: NonNegativeInt


class _TextType(msgspec.Struct, rename={"text_type": "class"}):
    text_type: str


class _Image(msgspec.Struct):
    file_name: str
    width: NonNegativeInt
    height: NonNegativeInt
    set: str


class _ImageId(msgspec.Struct):
    id: NonNegativeInt


class _Category(msgspec.Struct):
    name: str


class _Categories(msgspec.Struct, rename={"text_types": "class"}):
    text_types: dict[str, _Category]


class _File(msgspec.Struct):
    cats: _Categories
    imgs: dict[str, msgspec.Raw]
    anns: dict[str, msgspec.Raw]


class TextInstanceTable(Table[TextInstance]):
    """Every text instance of a split."""

    def __init__(self, root: DataRoot, files: Files) -> None:
        (file,) = files.annotations
        document = read_json(root, file, kind=_File)
        self._text_types = tuple(category.name for category in document.cats.text_types.values())
        self._images = _array(file, document.imgs, kind=_Image, label="imgs")
        self._annotations = _array(file, document.anns, kind=_Annotation, label="anns")
        self._raw_text_types = _array(file, document.anns, kind=_TextType, label="anns")
        (image_ids,) = self._images.columns(_ImageId)
        ids, owners = self._annotations.columns(_AnnotationIds)
        self._image_places = {image_id: place for place, image_id in enumerate(image_ids.tolist())}
        self._of_image = dict(group_by_value(owners))
        ours = {image_id for image_id in self._of_image if self._is_part(image_id, files.part)}
        self._chosen: IdArray = np.flatnonzero([owner in ours for owner in owners.tolist()])
        super().__init__(file, ids[self._chosen])

    @cached_property
    def text_types(self) -> Counter[str]:
        """The number of text instances of the split by type."""
        found: Counter[str] = Counter()
        for place in self._chosen.tolist():
            with suppress(SourceError):
                found[self._raw_text_types[place].text_type] += 1
        return found

    def _is_part(self, image_id: int, part: str) -> bool:
        """Whether a picture is in a split; unreadable pictures are in every split, so that they are reported."""
        try:
            return self._images[self._image_places[image_id]].set == part
        except (KeyError, SourceError):
            return True

    def _record(self, index: int) -> TextInstance:
        place = int(self._chosen[index])
        raw, name = self._annotations[place], self._annotations.name(place)
        if raw.image_id not in self._image_places:
            problem = f"the picture {raw.image_id} is not among the file's pictures"
            raise SourceError(problem, file=self.file, record=name, field="image_id")
        if raw.text_type not in self._text_types:
            problem = f"expected one of {', '.join(self._text_types)}, but got {shown(raw.text_type)}"
            raise SourceError(problem, file=self.file, record=name, field="class")
        image = self._images[self._image_places[raw.image_id]]
        return TextInstance(
            key=self.key(index),
            image_id=raw.image_id,
            picture=image.file_name,
            size=(image.width, image.height),
            region=_region(raw),
            others=tuple(self._others(raw.image_id, place)),
            legible=raw.legibility == "legible",
            text_type=raw.text_type,
            text_types=self._text_types,
        )

    def _others(self, image_id: int, place: int) -> Iterator[Region]:
        for other in self._of_image[image_id].tolist():
            if other != place:
                with suppress(SourceError):
                    yield _region(self._annotations[other])


def _array(file: str, members: Mapping[str, msgspec.Raw], *, kind: type[T], label: str) -> JsonArray[T]:
    return JsonArray(file, list(members.values()), kind=kind, label=label, names=list(members))


def _region(raw: _Annotation) -> Region:
    return Region(xywh_to_xyxy(*raw.bbox), (raw.text or "").strip(), raw.text_type)
