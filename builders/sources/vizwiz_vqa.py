"""VizWiz-VQA: questions that blind people asked about their photos, with ten answers each."""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec

from ..files.json_tables import ArrayTable, JsonArray, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .questions import Question
from .spec import Download, Files, Published, Source
from .texts import majority_answer

__all__ = ["VIZWIZ_VQA", "read_vizwiz_questions"]

FOLDER = "VizWiz"
_FILE = f"{FOLDER}/Annotations/val.json"
_QUALITY = "vizwiz_image_quality"
"""The folder of VizWiz image quality issues, whose pictures are the same files."""

_SITE = "https://vizwiz.cs.colorado.edu/VizWiz_final"
_DOWNLOADS = (
    Download(f"{_SITE}/vqa_data/Annotations.zip", f"{FOLDER}/Annotations.zip"),
    Download(f"{_SITE}/images/val.zip", f"{FOLDER}/val.zip"),
)

VIZWIZ_VQA = Source(
    name="vizwiz_vqa",
    title="VizWiz-VQA, validation set",
    licence="CC BY 4.0",
    homepage="https://vizwiz.org/tasks-and-datasets/vqa",
    downloads=tuple(download.url for download in _DOWNLOADS),
    # The paper reports on test-dev, whose answers are not published; the validation set replaces it.
    splits={"test": Files((_FILE,), (f"{FOLDER}/val",))},
    archives=(
        Archive(f"{FOLDER}/Annotations.zip", into=f"{FOLDER}", holds=f"{FOLDER}/Annotations"),
        Archive(f"{FOLDER}/Annotations.zip", into=f"{FOLDER}/Annotations", holds=_FILE),
        *(Archive(f"{folder}/val.zip", into=folder, holds=f"{folder}/val") for folder in (FOLDER, _QUALITY)),
    ),
    alternatives={
        _FILE: (f"{FOLDER}/annotations/val.json", f"{FOLDER}/val.json"),
        f"{FOLDER}/val": (f"{_QUALITY}/val",),
    },
    published={"test": Published(4_319, "huggingface.co/datasets/lmms-lab/VizWiz-VQA")},
    note=f"Put the zips into {FOLDER}/ as they are, or unpack them there.",
    automatic=_DOWNLOADS,
    size="4 GB: pictures of the validation set, zipped",
    verified="The addresses (QwenLM/Qwen-VL: eval_mm/EVALUATION.md); val.zip is that of VizWiz image quality issues "
    "(VT-NLP/MultiInstruct: download_scripts/vizwiz_image_quality.sh).",
    unverified="The folder inside Annotations.zip; Annotations/, annotations/ and none are read.",
)


def read_vizwiz_questions(root: DataRoot, files: Files) -> Table[Question]:
    """Every question of a split; the answer is that of most annotators."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=list[msgspec.Raw])
    questions = JsonArray(file, raws, kind=_Question, label="record")
    return ArrayTable(questions, key=lambda raw: PurePosixPath(raw.image).stem, make=_question)


class _Answer(msgspec.Struct):
    answer: str


class _Question(msgspec.Struct):
    image: str
    question: str
    answers: list[_Answer]


def _question(key: str, raw: _Question) -> Question:
    answers = tuple(each.answer.strip() for each in raw.answers)
    return Question(key, key, raw.image, raw.question.strip(), majority_answer(answers), answers)
