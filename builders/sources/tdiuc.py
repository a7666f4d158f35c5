"""TDIUC: questions of twelve types, each with one answer; the pictures are MSCOCO's and, for some, Visual Genome's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Annotated, Literal, get_args

import msgspec
import numpy as np

from ..files.json_tables import IdArray, Table
from ..files.root import Archive, DataRoot
from .mscoco import DOWNLOADS, PICTURE_ARCHIVES, PICTURES, picture_name
from .spec import Download, Files, Source
from .texts import beginnings
from .vqa_format import GivenAnswer, JoinedTable, RawAnnotation, RawQuestion, read_pair

__all__ = ["TDIUC", "TYPES", "TypedQuestion", "TypedQuestions", "read_questions"]

FOLDER = "TDIUC"
_ARCHIVE = f"{FOLDER}/TDIUC.zip"
_URL = "https://kushalkafle.com/data/TDIUC.zip"

Kind = Literal[
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
TYPES: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind != "absurd")
"""The types of questions that have an answer; absurd ones do not fit their pictures."""


def _files(part: str, split: str) -> Files:
    questions = f"{FOLDER}/Questions/OpenEnded_mscoco_{part}2014_questions.json"
    return Files((questions, f"{FOLDER}/Annotations/mscoco_{part}2014_annotations.json"), (PICTURES[split],))


TDIUC = Source(
    name="tdiuc",
    title="TDIUC",
    licence="for research; no licence of the annotations is stated; pictures of MSCOCO under the Flickr terms of their "
    "owners",
    homepage="https://kushalkafle.com/projects/tdiuc.html",
    downloads=(_URL, *(file.url for file in DOWNLOADS)),
    splits={"train": _files("train", "train"), "validation": _files("val", "validation")},
    archives=(
        Archive(_ARCHIVE, into=FOLDER, holds=f"{FOLDER}/Questions"),
        Archive(_ARCHIVE, into=FOLDER, holds=f"{FOLDER}/Annotations"),
        *PICTURE_ARCHIVES,
    ),
    note=f"Put TDIUC.zip into {FOLDER}/ as it is, or unpack it there. Questions about pictures that are not MSCOCO's "
    "are skipped and counted.",
    automatic=(Download(_URL, _ARCHIVE), *DOWNLOADS),
    size="20 GB: pictures of MSCOCO 20 GB, questions and annotations below 1 GB, all zipped",
)


@dataclass(frozen=True, slots=True)
class TypedQuestion:
    """One question of a type.

    Attributes:
        kind: The question's type.
        has_picture: Whether the data dir has the picture; those of Visual Genome are not part of any download.
    """

    key: str
    image_id: int
    picture: str
    text: str
    answer: str
    kind: Kind
    has_picture: bool = True


def read_questions(root: DataRoot, files: Files, *, kind: str) -> TypedQuestions:
    """Every question of a split that is of one type."""
    whole = _read_all(root, files, tuple(map(root.etag, files.annotations)))
    return TypedQuestions(whole, root, files, kind=kind)


class TypedQuestions(Table[TypedQuestion]):
    """The questions of one type, by position; what cannot be read has no type, and stands in every table."""

    def __init__(self, whole: _Questions, root: DataRoot, files: Files, *, kind: str) -> None:
        self._whole, self._root, self._folder = whole, root, files.pictures[0]
        self._places = np.concatenate([whole.places.get(name, _NOWHERE) for name in (kind, None)])
        super().__init__(whole.file, [whole.key(place) for place in self._places.tolist()])

    def answers_like(self, text: str) -> Iterator[tuple[str, ...]]:
        """The different answers to questions that begin like a text: first just like it, at last in any way."""
        for beginning in beginnings(text):
            yield self._answers.get(beginning, ())

    def _record(self, index: int) -> TypedQuestion:
        record = self._whole[int(self._places[index])]
        return replace(record, has_picture=self._root.find(f"{self._folder}/{record.picture}") is not None)

    @cached_property
    def _answers(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        records = map(self._whole.get_or_none, self._places.tolist())
        for text, answer in ((record.text, record.answer) for record in records if record is not None):
            for beginning in beginnings(text):
                found.setdefault(beginning, set()).add(answer)
        return {beginning: tuple(sorted(answers)) for beginning, answers in found.items()}


_NOWHERE: IdArray = np.empty(0, np.int64)


class _Annotation(RawAnnotation):
    question_type: Kind
    answers: Annotated[list[GivenAnswer], msgspec.Meta(min_length=1)]


class _Questions(JoinedTable[_Annotation, TypedQuestion]):
    @cached_property
    def places(self) -> dict[str | None, IdArray]:
        """Where the questions of every type are, and under None those that cannot be read."""
        found: dict[str | None, list[int]] = {}
        for index in range(len(self)):
            record = self.get_or_none(index)
            found.setdefault(None if record is None else record.kind, []).append(index)
        return {kind: np.array(indices, np.int64) for kind, indices in found.items()}


@lru_cache(maxsize=2)
def _read_all(root: DataRoot, files: Files, stamps: tuple[str, ...]) -> _Questions:
    """All questions of a split, kept open as every type is one task's, until a file changes."""

    def make(raw: RawQuestion, annotation: _Annotation) -> TypedQuestion:
        return TypedQuestion(
            key=str(raw.question_id),
            image_id=raw.image_id,
            picture=picture_name(files, raw.image_id),
            text=raw.question.strip(),
            answer=annotation.answers[0].answer.strip(),
            kind=annotation.question_type,
        )

    return _Questions(*read_pair(root, files, kind=_Annotation), make=make)
