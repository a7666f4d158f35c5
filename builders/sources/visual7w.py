"""Visual7W: multiple-choice questions whose four choices are texts (telling) or boxes (pointing)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.lazy_numpy import np

from ..files.image_sizes import read_image_size
from ..files.json_tables import JsonArray, NonNegativeInt, read_json
from ..files.nested_tables import NestedRecords
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .spec import Download, Files, Source

__all__ = [
    "VISUAL7W_POINTING",
    "VISUAL7W_TELLING",
    "NamedBox",
    "PointingQuestion",
    "TellingQuestion",
    "Visual7WQuestion",
    "read_pointing_questions",
    "read_telling_questions",
]

FOLDER = "visual7w"
PICTURES = f"{FOLDER}/images"
_PICTURE_ARCHIVE = f"{FOLDER}/visual7w_images.zip"
_PARTS = {"train": "train", "validation": "val", "test": "test"}


def _source(kind: str, splits: tuple[str, ...]) -> Source:
    file, archive = f"{FOLDER}/dataset_v7w_{kind}.json", f"{FOLDER}/dataset_v7w_{kind}.zip"
    downloads = (
        Download(f"https://ai.stanford.edu/~yukez/papers/resources/dataset_v7w_{kind}.zip", archive),
        Download("http://vision.stanford.edu/yukezhu/visual7w_images.zip", _PICTURE_ARCHIVE),
    )
    return Source(
        name=f"visual7w_{kind}",
        title=f"Visual7W, {kind}",
        licence="for research, no licence is stated; pictures of MSCOCO under the Flickr terms of their owners",
        homepage="https://ai.stanford.edu/~yukez/visual7w",
        downloads=tuple(each.url for each in downloads),
        splits={split: Files((file,), (PICTURES,), part=_PARTS[split]) for split in splits},
        alternatives={
            file: tuple(f"{folder}/datasets/visual7w-{kind}/dataset.json" for folder in (FOLDER, "visual7w-toolkit"))
        },
        archives=(
            Archive(archive, into=FOLDER, holds=file),
            Archive(_PICTURE_ARCHIVE, into=FOLDER, holds=PICTURES),
        ),
        note=f"Put the zips into {FOLDER}/ as they are, or unpack them there.",
        automatic=downloads,
        size="2 GB: pictures 1.7 GB, questions below 0.1 GB, all zipped",
        verified="The URLs, and the files side by side (VT-NLP/MultiInstruct: download_scripts/visual7w.sh), or the "
        f"questions in datasets/visual7w-{kind}/dataset.json (yukezhu/visual7w-toolkit: datasets/visual7w-{kind}/).",
        unverified="Whether the pictures are as large as those of Visual Genome with the same ids: those are not used.",
    )


VISUAL7W_TELLING = _source("telling", ("train", "validation"))
VISUAL7W_POINTING = _source("pointing", ("validation", "test"))

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visual7WQuestion(Generic[T]):
    """One question with a right answer and wrong ones.

    Attributes:
        question_type: The question word: what, where, when, who, why, how, which.
    """

    key: str
    image_id: int
    picture: str
    text: str
    question_type: str
    answer: T
    wrong: tuple[T, ...]


TellingQuestion = Visual7WQuestion[str]


@dataclass(frozen=True, slots=True)
class NamedBox:
    """A named box `(x1, y1, x2, y2)` in pixels as annotated: not clipped, possibly without area."""

    name: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingQuestion(Visual7WQuestion[NamedBox]):
    """One question whose choices are boxes; `size` is the width and height of the picture in pixels."""

    size: tuple[int, int]


def read_telling_questions(root: DataRoot, files: Files) -> Table[TellingQuestion]:
    """Every question of a split whose choices are texts."""
    (file,) = files.annotations
    images = read_json(root, file, kind=_TellingFile).images
    return _TellingQuestions(file, images, kind=_TellingPair, part=files.part)


def read_pointing_questions(root: DataRoot, files: Files) -> Table[PointingQuestion]:
    """Every question of a split whose choices are boxes."""
    (file,) = files.annotations
    return _PointingQuestions(read_json(root, file, kind=_PointingFile), root, files)


class _TellingFile(msgspec.Struct):
    images: list[msgspec.Raw]


class _PointingFile(msgspec.Struct):
    images: list[msgspec.Raw]
    boxes: list[msgspec.Raw]


class _Picture(msgspec.Struct, rename={"items": "qa_pairs"}):
    image_id: NonNegativeInt
    filename: str
    split: str
    items: list[msgspec.Raw]


class _Pair(msgspec.Struct):
    qa_id: NonNegativeInt
    question: str
    type: str


class _TellingPair(_Pair):
    answer: str
    multiple_choices: list[str]


class _PointingPair(_Pair):
    answer: NonNegativeInt
    multiple_choices: list[NonNegativeInt]


class _PairId(msgspec.Struct):
    qa_id: NonNegativeInt


class _Box(msgspec.Struct):
    box_id: NonNegativeInt
    name: str
    x: float
    y: float
    width: float
    height: float


class _BoxId(msgspec.Struct):
    box_id: NonNegativeInt


P = TypeVar("P", bound=_Pair)
R = TypeVar("R")


class _Questions(Table[R], Generic[P, R]):
    """The questions about the pictures of one split, in the order of the file."""

    def __init__(self, file: str, images: Sequence[msgspec.Raw], *, kind: type[P], part: str) -> None:
        pictures = JsonArray(file, images, kind=_Picture, label="images")
        chosen = np.array([place for place in range(len(pictures)) if _is_part(pictures, place, part)], np.int64)
        self._pairs = NestedRecords(pictures, chosen, kind=kind, ids=_PairId, label="qa_pairs")
        super().__init__(file, self._pairs.ids)

    def _record(self, index: int) -> R:
        position, place = self._pairs.locate(index)
        picture, pairs = self._pairs.group(position), self._pairs.items(position)
        return self._question(self.key(index), picture, pairs[place], pairs.name(place))

    def _question(self, key: str, picture: _Picture, pair: P, where: str) -> R:
        raise NotImplementedError


class _TellingQuestions(_Questions[_TellingPair, TellingQuestion]):
    def _question(self, key: str, picture: _Picture, pair: _TellingPair, where: str) -> TellingQuestion:
        return Visual7WQuestion(
            key=key,
            image_id=picture.image_id,
            picture=picture.filename,
            text=pair.question.strip(),
            question_type=pair.type,
            answer=pair.answer.strip(),
            wrong=tuple(text.strip() for text in pair.multiple_choices),
        )


class _PointingQuestions(_Questions[_PointingPair, PointingQuestion]):
    def __init__(self, document: _PointingFile, root: DataRoot, files: Files) -> None:
        (file,) = files.annotations
        super().__init__(file, document.images, kind=_PointingPair, part=files.part)
        self._boxes = JsonArray(file, document.boxes, kind=_Box, label="boxes")
        self._root, self._folders = root, files.pictures

    def _question(self, key: str, picture: _Picture, pair: _PointingPair, where: str) -> PointingQuestion:
        return PointingQuestion(
            key=key,
            image_id=picture.image_id,
            picture=picture.filename,
            size=read_image_size(self._root, self._folders, picture.filename),
            text=pair.question.strip(),
            question_type=pair.type,
            answer=self._named_box(pair.answer, where, "answer"),
            wrong=tuple(self._named_box(box_id, where, "multiple_choices") for box_id in pair.multiple_choices),
        )

    def _named_box(self, box_id: int, where: str, field: str) -> NamedBox:
        if box_id not in self._places:
            raise SourceError(
                f"the box {box_id} is not among the file's boxes", file=self.file, record=where, field=field
            )
        raw = self._boxes[self._places[box_id]]
        return NamedBox(raw.name, (raw.x, raw.y, raw.x + raw.width, raw.y + raw.height))

    @cached_property
    def _places(self) -> dict[int, int]:
        (ids,) = self._boxes.columns(_BoxId)
        return {box_id: place for place, box_id in enumerate(ids.tolist())}


def _is_part(pictures: JsonArray[_Picture], place: int, part: str) -> bool:
    """Whether a picture is in a split; unreadable pictures are in every split, so that they are reported."""
    try:
        return pictures[place].split == part
    except SourceError:
        return True
