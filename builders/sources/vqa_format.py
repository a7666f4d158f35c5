"""The layout that VQA left to its descendants: a file of questions and one of annotations, joined by question id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError

from ..files.json_tables import UNREADABLE, IdArray, JsonArray, NonNegativeInt, indices_of, read_json
from ..files.root import DataRoot
from .mscoco import picture_name
from .spec import Files
from .texts import TextRecord, TextTable

__all__ = ["GivenAnswer", "JoinedTable", "Question", "RawAnnotation", "RawQuestion", "question_of", "read_pair"]


class RawQuestion(msgspec.Struct):
    """One record of the file of questions."""

    question_id: NonNegativeInt
    image_id: NonNegativeInt
    question: str


class RawAnnotation(msgspec.Struct):
    """One record of the file of annotations; sub-classes name what else is used of it."""

    question_id: NonNegativeInt


class GivenAnswer(msgspec.Struct):
    """What one annotator answered."""

    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a picture of MSCOCO.

    Attributes:
        answer: The answer that the file chooses; None where it leaves the choice open.
        answers: The answers of all annotators, in their order.
    """

    key: str
    image_id: int
    picture: str
    text: str
    answer: str | None
    answers: tuple[str, ...]


A = TypeVar("A", bound=RawAnnotation)
R = TypeVar("R", bound=TextRecord)


class JoinedTable(TextTable[R], Generic[A, R]):
    """Questions with their annotations, in the order of the questions; neither file's order matters.

    Args:
        make: A record from a question and its annotation.
    """

    def __init__(
        self, questions: JsonArray[RawQuestion], annotations: JsonArray[A], *, make: Callable[[RawQuestion, A], R]
    ) -> None:
        ids, image_ids = questions.columns(_QuestionIds)
        if (ids == UNREADABLE).any():  # a question without a good image id still is the one of its annotation
            (ids,) = questions.columns(_QuestionId)
        (answered,) = annotations.columns(RawAnnotation)
        orphans = np.flatnonzero(indices_of(ids, answered) < 0)
        super().__init__(
            questions.file, ids, image_ids=image_ids, orphans=[_stray(annotations, index) for index in orphans.tolist()]
        )
        self._questions, self._annotations, self._make = questions, annotations, make
        self._places: IdArray = indices_of(answered, ids)

    def _record(self, index: int) -> R:
        raw = self._questions[index]
        if self._places[index] < 0:
            problem = f"the question {raw.question_id} has no annotation in {self._annotations.file}"
            raise SourceError(problem, file=self.file, record=f"questions[{index}]", field="question_id")
        return self._make(raw, self._annotations[int(self._places[index])])


def read_pair(root: DataRoot, files: Files, *, kind: type[A]) -> tuple[JsonArray[RawQuestion], JsonArray[A]]:
    """The raw questions and annotations of a split."""
    question_file, annotation_file = files.annotations
    questions = read_json(root, question_file, kind=_QuestionFile).questions
    annotations = read_json(root, annotation_file, kind=_AnnotationFile).annotations
    return (
        JsonArray(question_file, questions, kind=RawQuestion, label="questions"),
        JsonArray(annotation_file, annotations, kind=kind, label="annotations"),
    )


def question_of(raw: RawQuestion, files: Files, *, answer: str | None, answers: Iterable[GivenAnswer]) -> Question:
    """A question about a picture of the split, with what was answered."""
    return Question(
        key=str(raw.question_id),
        image_id=raw.image_id,
        picture=picture_name(files, raw.image_id),
        text=raw.question.strip(),
        answer=answer,
        answers=tuple(each.answer.strip() for each in answers),
    )


class _QuestionId(msgspec.Struct):
    question_id: NonNegativeInt


class _QuestionIds(msgspec.Struct):
    question_id: NonNegativeInt
    image_id: NonNegativeInt


class _QuestionFile(msgspec.Struct):
    questions: list[msgspec.Raw]


class _AnnotationFile(msgspec.Struct):
    annotations: list[msgspec.Raw]


def _stray(annotations: JsonArray[Any], index: int) -> SourceError:
    try:
        problem = f"the question {annotations[index].question_id} is not in the file of questions"
    except SourceError as error:
        return error
    return SourceError(problem, file=annotations.file, record=f"annotations[{index}]", field="question_id")
