"""The file format of VQA and data sets derived from it: questions and annotations, joined by question id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.lazy_numpy import np

from ..files.json_tables import JsonArray, NonNegativeInt, read_json
from ..files.root import DataRoot
from ..files.tables import UNREADABLE, IdArray, indices_of
from .mscoco import picture_name
from .questions import Question
from .spec import Files
from .texts import TextRecord, TextTable

__all__ = [
    "QuestionAnswerTable",
    "RawAnnotation",
    "RawAnswer",
    "RawQuestion",
    "make_question",
    "read_questions_and_annotations",
]


class RawQuestion(msgspec.Struct):
    """One record of the file of questions."""

    question_id: NonNegativeInt
    image_id: NonNegativeInt
    question: str


class RawAnnotation(msgspec.Struct):
    """One record of the file of annotations; subclasses add the fields that they use."""

    question_id: NonNegativeInt


class RawAnswer(msgspec.Struct):
    """The answer of one annotator."""

    answer: str


A = TypeVar("A", bound=RawAnnotation)
R = TypeVar("R", bound=TextRecord)


class QuestionAnswerTable(TextTable[R], Generic[A, R]):
    """Questions with their annotations, in the order of the questions; the files may be ordered differently.

    Args:
        make: Makes a record from a question and its annotation.
    """

    def __init__(
        self, questions: JsonArray[RawQuestion], annotations: JsonArray[A], *, make: Callable[[RawQuestion, A], R]
    ) -> None:
        ids, image_ids = questions.columns(_QuestionIds)
        if (ids == UNREADABLE).any():  # a question with a bad image id still matches its annotation
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


def read_questions_and_annotations(
    root: DataRoot, files: Files, *, kind: type[A]
) -> tuple[JsonArray[RawQuestion], JsonArray[A]]:
    """The raw questions and annotations of a split."""
    question_file, annotation_file = files.annotations
    questions = read_json(root, question_file, kind=_QuestionFile).questions
    annotations = read_json(root, annotation_file, kind=_AnnotationFile).annotations
    return (
        JsonArray(question_file, questions, kind=RawQuestion, label="questions"),
        JsonArray(annotation_file, annotations, kind=kind, label="annotations"),
    )


def make_question(raw: RawQuestion, files: Files, *, answer: str | None, answers: Iterable[RawAnswer]) -> Question:
    """A question about a picture of MSCOCO 2014 with its answers.

    Args:
        answer: The answer that the file chooses, if it does.
        answers: The answers of all annotators.
    """
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
