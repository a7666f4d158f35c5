"""OK-VQA: questions about pictures of MSCOCO 2014 that require world knowledge, with ten answers each."""

from __future__ import annotations

from ..files.root import Archive, DataRoot
from .mscoco import DOWNLOADS, PICTURES
from .questions import Question
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, also_in, files_with
from .spec import Download, Files, Published, Source
from .texts import TextTable
from .vqa_format import (
    QuestionAnswerTable,
    RawAnnotation,
    RawAnswer,
    RawQuestion,
    make_question,
    read_questions_and_annotations,
)

__all__ = ["OK_VQA", "read_questions"]

FOLDER = "OK-VQA"
_SITE = "https://okvqa.allenai.org/static/data"


def _files(part: str, split: str) -> Files:
    names = (f"OpenEnded_mscoco_{part}2014_questions.json", f"mscoco_{part}2014_annotations.json")
    return files_with(PICTURES[split], annotations=tuple(f"{FOLDER}/{part}/{name}" for name in names))


_SPLITS = {"train": _files("train", "train"), "validation": _files("val", "validation")}
_ARCHIVES = tuple(
    Archive(f"{file}.zip", into=file.rpartition("/")[0], holds=file)
    for files in _SPLITS.values()
    for file in files.annotations
)

_COUNTED = "huggingface.co/datasets/HuggingFaceM4/OK-VQA"

OK_VQA = Source(
    name="ok_vqa",
    title="OK-VQA",
    licence="annotations CC BY 4.0; pictures of MSCOCO under the Flickr terms of their owners",
    homepage="https://okvqa.allenai.org",
    downloads=("https://okvqa.allenai.org/download.html", *(file.url for file in DOWNLOADS)),
    splits=_SPLITS,
    alternatives=also_in(
        (file for files in _SPLITS.values() for file in files.annotations), FOLDER, "okvqa/annotations"
    ),
    archives=(*_ARCHIVES, *COCO_ARCHIVES),
    published={
        "train": Published(9_009, _COUNTED),
        "validation": Published(5_046, _COUNTED),
    },
    note=f"Put the zips of questions and annotations into {FOLDER}/train/ and {FOLDER}/val/, and those of pictures "
    "into MSCOCO2014/.",
    automatic=(
        *(Download(f"{_SITE}/{archive.file.rpartition('/')[2]}", archive.file) for archive in _ARCHIVES),
        *DOWNLOADS,
    ),
    size="20 GB: pictures of MSCOCO 20 GB, questions and annotations a few MB, all zipped",
    verified="The URLs and the folders train/ and val/ (VT-NLP/MultiInstruct: download_scripts/ok_vqa.sh), or "
    "okvqa/annotations/ (salesforce/LAVIS: lavis/configs/datasets/okvqa/defaults.yaml); " + COCO_VERIFIED,
)


def read_questions(root: DataRoot, files: Files) -> TextTable[Question]:
    """Every question of a split; the files choose no answer among those of the annotators."""

    def make(raw: RawQuestion, annotation: _Annotation) -> Question:
        return make_question(raw, files, answer=None, answers=annotation.answers)

    return QuestionAnswerTable(*read_questions_and_annotations(root, files, kind=_Annotation), make=make)


class _Annotation(RawAnnotation):
    answers: list[RawAnswer]
