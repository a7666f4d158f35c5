"""TDIUC: questions of twelve types with one answer each, about pictures of MSCOCO and Visual Genome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Annotated, Literal, get_args

import msgspec

from instraug_datasets.lazy_numpy import np

from ..files.images import look_up_image
from ..files.root import Archive, DataRoot
from ..files.tables import IdArray, Table
from .mscoco import DOWNLOADS, PICTURES, picture_name
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, files_with
from .spec import Download, Files, Source
from .texts import leading_words
from .vqa_format import QuestionAnswerTable, RawAnnotation, RawAnswer, RawQuestion, read_questions_and_annotations

__all__ = ["QUESTION_TYPES", "TDIUC", "TypedQuestion", "TypedQuestionTable", "read_questions"]

FOLDER = "TDIUC"
_ARCHIVE = f"{FOLDER}/TDIUC.zip"
_URL = "https://kushalkafle.com/data/TDIUC.zip"

QuestionType = Literal[
    "color",
    "scene_recognition",
    "object_recognition",
    "positional_reasoning",
    "object_presence",
    "counting",
    "utility_affordance",
    "sentiment_understanding",
    "sport_recognition",
    "activity_recognition",
    "attribute",
    "absurd",
]
QUESTION_TYPES: tuple[str, ...] = tuple(each for each in get_args(QuestionType) if each != "absurd")
"""The question types with an answer; absurd questions do not fit their pictures."""


def _files(part: str, split: str) -> Files:
    questions = f"{FOLDER}/Questions/OpenEnded_mscoco_{part}2014_questions.json"
    annotations = f"{FOLDER}/Annotations/mscoco_{part}2014_annotations.json"
    return files_with(PICTURES[split], annotations=(questions, annotations))


_SPLITS = {"train": _files("train", "train"), "validation": _files("val", "validation")}

TDIUC = Source(
    name="tdiuc",
    title="TDIUC",
    licence="for research; no licence of the annotations is stated; pictures of MSCOCO under the Flickr terms of their "
    "owners",
    homepage="https://kushalkafle.com/projects/tdiuc.html",
    downloads=(_URL, *(file.url for file in DOWNLOADS)),
    splits=_SPLITS,
    alternatives={
        file: (file.replace(FOLDER, f"{FOLDER}/{FOLDER}", 1), f"{FOLDER}/{file.rpartition('/')[2]}")
        for files in _SPLITS.values()
        for file in files.annotations
    },
    archives=(
        Archive(_ARCHIVE, into=FOLDER, holds=f"{FOLDER}/Questions"),
        Archive(_ARCHIVE, into=FOLDER, holds=f"{FOLDER}/Annotations"),
        *COCO_ARCHIVES,
    ),
    note=f"Put TDIUC.zip into {FOLDER}/ as it is, or unpack it there. Questions about pictures that are not MSCOCO's "
    "are skipped and counted.",
    automatic=(Download(_URL, _ARCHIVE), *DOWNLOADS),
    size="20 GB: pictures of MSCOCO 20 GB, questions and annotations below 1 GB, all zipped",
    verified="The URL (VT-NLP/MultiInstruct: download_scripts/TDIUC.sh), and the names in Questions/ and Annotations/ "
    f"to which the zip unpacks (data_preprocessor/TDIUC.py there); {COCO_VERIFIED}",
    unverified="Where the pictures of Visual Genome should lie; questions about them are skipped.",
)


@dataclass(frozen=True, slots=True)
class TypedQuestion:
    """One question with its type.

    Attributes:
        question_type: One of `QUESTION_TYPES`.
        has_picture: Whether the data directory has the picture; those of Visual Genome are in no download.
    """

    key: str
    image_id: int
    picture: str
    text: str
    answer: str
    question_type: QuestionType
    has_picture: bool = True


def read_questions(root: DataRoot, files: Files, *, question_type: str) -> TypedQuestionTable:
    """Every question of one type in a split."""
    whole = _read_all(root, files, tuple(map(root.etag, files.annotations)))
    return TypedQuestionTable(whole, root, files, question_type=question_type)


class TypedQuestionTable(Table[TypedQuestion]):
    """The questions of one type; unreadable questions have no type and are in every table, to be reported."""

    def __init__(self, whole: _Questions, root: DataRoot, files: Files, *, question_type: str) -> None:
        self._whole, self._root, self._folders = whole, root, files.pictures
        nothing: IdArray = np.empty(0, np.int64)
        self._places = np.concatenate([whole.places.get(name, nothing) for name in (question_type, None)])
        super().__init__(whole.file, [whole.key(place) for place in self._places.tolist()])

    def answers_like(self, text: str) -> Iterator[tuple[str, ...]]:
        """The distinct answers to questions with the same leading words: by three words, two, one, and none."""
        for words in leading_words(text):
            yield self._answers.get(words, ())

    def _record(self, index: int) -> TypedQuestion:
        record = self._whole[int(self._places[index])]
        return replace(record, has_picture=look_up_image(self._root, self._folders, record.picture) is not None)

    @cached_property
    def _answers(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        records = map(self._whole.get_or_none, self._places.tolist())
        for text, answer in ((record.text, record.answer) for record in records if record is not None):
            for words in leading_words(text):
                found.setdefault(words, set()).add(answer)
        return {words: tuple(sorted(answers)) for words, answers in found.items()}


class _Annotation(RawAnnotation):
    question_type: QuestionType
    answers: Annotated[list[RawAnswer], msgspec.Meta(min_length=1)]


class _Questions(QuestionAnswerTable[_Annotation, TypedQuestion]):
    @cached_property
    def places(self) -> dict[str | None, IdArray]:
        """The positions of the questions of each type; unreadable questions are under None."""
        found: dict[str | None, list[int]] = {}
        for index in range(len(self)):
            record = self.get_or_none(index)
            found.setdefault(None if record is None else record.question_type, []).append(index)
        return {question_type: np.array(indices, np.int64) for question_type, indices in found.items()}


@lru_cache(maxsize=2)
def _read_all(root: DataRoot, files: Files, stamps: tuple[str, ...]) -> _Questions:
    """All questions of a split, cached until a file changes, because each question type is a task of its own."""

    def make(raw: RawQuestion, annotation: _Annotation) -> TypedQuestion:
        return TypedQuestion(
            key=str(raw.question_id),
            image_id=raw.image_id,
            picture=picture_name(files, raw.image_id),
            text=raw.question.strip(),
            answer=annotation.answers[0].answer.strip(),
            question_type=annotation.question_type,
        )

    return _Questions(*read_questions_and_annotations(root, files, kind=_Annotation), make=make)
