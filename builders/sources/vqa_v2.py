"""VQAv2: questions about pictures of MSCOCO 2014, joined with their answers by question id."""

from __future__ import annotations

from ..files.root import Archive, DataRoot
from .mscoco import DOWNLOADS, PICTURES
from .questions import Question
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, also_in, files_with, release_of
from .spec import Download, Files, PictureSet, Published, Source
from .texts import TextTable, majority_answer
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


def _files(pictures: PictureSet) -> Files:
    coco = release_of(pictures)
    names = (f"v2_OpenEnded_mscoco_{coco}_questions.json", f"v2_mscoco_{coco}_annotations.json")
    return files_with(pictures, annotations=tuple(f"{FOLDER}/{name}" for name in names))


_SPLITS = {split: _files(pictures) for split, pictures in PICTURES.items()}
_ARCHIVES = tuple(
    Archive(f"{FOLDER}/v2_{kind}_{word}_mscoco.zip", into=FOLDER, holds=file)
    for word, split in (("Train", "train"), ("Val", "validation"))
    for kind, file in zip(("Questions", "Annotations"), _SPLITS[split].annotations, strict=True)
)

_COUNTED = "https://visualqa.org/download.html"

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
    alternatives=also_in(
        (file for files in _SPLITS.values() for file in files.annotations),
        f"{FOLDER}/Questions",
        f"{FOLDER}/Annotations",
        "coco/annotations",
    ),
    archives=(*_ARCHIVES, *COCO_ARCHIVES),
    note=f"Put the zips of questions and annotations into {FOLDER}/ and those of pictures into MSCOCO2014/.",
    automatic=(
        *(Download(f"{_SITE}/{archive.file.rpartition('/')[2]}", archive.file) for archive in _ARCHIVES),
        *DOWNLOADS,
    ),
    size="19 GB zipped, nearly all of it the pictures of MSCOCO",
    verified="The URLs, and the files side by side (VT-NLP/MultiInstruct: download_scripts/vqa_v2.sh), in Questions/ "
    "and Annotations/ (Vision-CAIR/MiniGPT-4: minigpt4/common/vqa_tools/VQA/README.md) or in coco/annotations/ "
    f"(salesforce/LAVIS: lavis/configs/datasets/coco/defaults_vqa.yaml); {COCO_VERIFIED}",
    published={"train": Published(443_757, _COUNTED), "validation": Published(214_354, _COUNTED)},
)


def read_questions(root: DataRoot, files: Files) -> TextTable[Question]:
    """Every question of a split; the answer is the `multiple_choice_answer` of the annotations.

    Copies without that field have the answer of most annotators, by which the field is defined.
    """

    def make(raw: RawQuestion, annotation: _Annotation) -> Question:
        given = annotation.multiple_choice_answer
        answer = majority_answer([each.answer for each in annotation.answers]) if given is None else given
        return make_question(raw, files, answer=answer, answers=annotation.answers)

    return QuestionAnswerTable(*read_questions_and_annotations(root, files, kind=_Annotation), make=make)


class _Annotation(RawAnnotation):
    answers: list[RawAnswer]
    multiple_choice_answer: str | None = None
