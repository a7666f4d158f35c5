"""VQAv2: questions about pictures of MSCOCO 2014, joined with their answers by question id."""

from __future__ import annotations

from ..files.root import Archive, DataRoot
from .mscoco import DOWNLOADS, PICTURE_ARCHIVES, PICTURES
from .questions import Question
from .spec import Download, Files, Source
from .texts import TextTable
from .vqa_format import (
    QuestionAnswerTable,
    RawAnnotation,
    RawAnswer,
    RawQuestion,
    make_question,
    read_questions_and_annotations,
)

__all__ = ["VQA_V2", "read_questions"]

FOLDER = "VQA_V2"
_SITE = "https://s3.amazonaws.com/cvmlp/vqa/mscoco/vqa"


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
    automatic=(
        *(Download(f"{_SITE}/{archive.file.rpartition('/')[2]}", archive.file) for archive in _ARCHIVES),
        *DOWNLOADS,
    ),
    size="19 GB zipped, nearly all of it the pictures of MSCOCO",
)


def read_questions(root: DataRoot, files: Files) -> TextTable[Question]:
    """Every question of a split; the answer is the `multiple_choice_answer` of the annotations."""

    def make(raw: RawQuestion, annotation: _Annotation) -> Question:
        return make_question(raw, files, answer=annotation.multiple_choice_answer, answers=annotation.answers)

    return QuestionAnswerTable(*read_questions_and_annotations(root, files, kind=_Annotation), make=make)


class _Annotation(RawAnnotation):
    multiple_choice_answer: str
    answers: list[RawAnswer]
