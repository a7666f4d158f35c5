"""VQAv2: questions about pictures of MSCOCO 2014, joined with their answers by question id."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError

from ..root import Archive, DataRoot
from ..tables import Array, Ids, Number, positions, read_document
from ..texts import TextTable
from .mscoco import PICTURE_ARCHIVES, PICTURES, picture_name
from .spec import Files, Source

__all__ = ["VQA_V2", "Question", "read_questions"]

FOLDER = "VQA_V2"


def _files(coco: str, split: str) -> Files:
    names = (f"v2_OpenEnded_mscoco_{coco}_questions.json", f"v2_mscoco_{coco}_annotations.json")
    return Files(tuple(f"{FOLDER}/{name}" for name in names), (PICTURES[split],))


_SPLITS = {"train": _files("train2014", "train"), "validation": _files("val2014", "validation")}
_ARCHIVES = tuple(
    Archive(f"{FOLDER}/v2_{kind}_{word}_mscoco.zip", into=FOLDER, holds=file)
    for word, split in (("Train", "train"), ("Val", "validation"))
    for kind, file in zip(("Questions", "Annotations"), _SPLITS[split].annotations, strict=True)
)

VQA_V2 = Source(
    name="vqa_v2",
    title="VQAv2",
    licence="annotations CC BY 4.0; pictures of MSCOCO under the Flickr terms of their owners",
    homepage="https://visualqa.org",
    downloads=(
        "https://visualqa.org/download.html",
        "http://images.cocodataset.org/zips/train2014.zip",
        "http://images.cocodataset.org/zips/val2014.zip",
    ),
    splits=_SPLITS,
    archives=(*_ARCHIVES, *PICTURE_ARCHIVES),
    note=f"Put the zips of questions and annotations into {FOLDER}/ and those of pictures into MSCOCO2014/.",
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the answer to give and the answers of all annotators."""

    key: str
    image_id: int
    picture: str
    text: str
    answer: str
    answers: tuple[str, ...]


def read_questions(root: DataRoot, files: Files) -> TextTable[Question]:
    """Every question of a split."""
    question_file, answer_file = files.annotations
    questions = read_document(root, question_file, kind=_QuestionFile).questions
    answers = read_document(root, answer_file, kind=_AnswerFile).annotations
    return _Questions(
        Array(question_file, questions, kind=_Question, label="questions"),
        Array(answer_file, answers, kind=_Annotation, label="annotations"),
        files,
    )


class _Question(msgspec.Struct):
    question_id: Number
    image_id: Number
    question: str


class _QuestionFile(msgspec.Struct):
    questions: list[msgspec.Raw]


class _QuestionIds(msgspec.Struct):
    question_id: Number
    image_id: Number


class _Answer(msgspec.Struct):
    answer: str


class _Annotation(msgspec.Struct):
    question_id: Number
    multiple_choice_answer: str
    answers: list[_Answer]


class _AnswerFile(msgspec.Struct):
    annotations: list[msgspec.Raw]


class _AnswerId(msgspec.Struct):
    question_id: Number


class _Questions(TextTable[Question]):
    def __init__(self, questions: Array[_Question], answers: Array[_Annotation], files: Files) -> None:
        ids, image_ids = questions.columns(_QuestionIds)
        (answered,) = answers.columns(_AnswerId)
        strays = np.flatnonzero(positions(ids, answered) < 0)
        super().__init__(
            questions.file, ids, image_ids=image_ids, strays=[_stray(answers, index) for index in strays.tolist()]
        )
        self._questions, self._answers, self._split = questions, answers, files
        self._places: Ids = positions(answered, ids)

    def _record(self, index: int) -> Question:
        raw = self._questions[index]
        if self._places[index] < 0:
            problem = f"the question {raw.question_id} has no annotation in {self._answers.file}"
            raise SourceError(problem, file=self.file, record=f"questions[{index}]", field="question_id")
        answered = self._answers[int(self._places[index])]
        return Question(
            key=str(raw.question_id),
            image_id=raw.image_id,
            picture=picture_name(self._split, raw.image_id),
            text=raw.question.strip(),
            answer=answered.multiple_choice_answer,
            answers=tuple(each.answer for each in answered.answers),
        )


def _stray(answers: Array[_Annotation], index: int) -> SourceError:
    try:
        problem = f"the question {answers[index].question_id} is not in the file of questions"
    except SourceError as error:
        return error
    return SourceError(problem, file=answers.file, record=f"annotations[{index}]", field="question_id")
