"""VizWiz-VQA: what blind people asked about photos that they took, with ten answers each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from ..files.json_tables import ArrayTable, JsonArray, Table, read_json
from ..files.root import Archive, DataRoot
from .spec import Download, Files, Source
from .texts import most_common

__all__ = ["VIZWIZ_VQA", "BlindQuestion", "read_blind_questions"]

FOLDER = "VizWiz"
_FILE = f"{FOLDER}/Annotations/val.json"
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
    # The paper reports on test-dev, whose answers an evaluation server keeps; the validation set stands in for it.
    splits={"test": Files((_FILE,), (f"{FOLDER}/val",))},
    archives=(
        Archive(f"{FOLDER}/Annotations.zip", into=f"{FOLDER}", holds=f"{FOLDER}/Annotations"),
        Archive(f"{FOLDER}/val.zip", into=FOLDER, holds=f"{FOLDER}/val"),
    ),
    note=f"Put the zips into {FOLDER}/, or unpack them there, so that there are {_FILE} and {FOLDER}/val/.",
    automatic=_DOWNLOADS,
    size="4 GB: pictures of the validation set, zipped",
)


@dataclass(frozen=True, slots=True)
class BlindQuestion:
    """One question with what most annotators answered and the answers of all."""

    key: str
    image_id: str
    picture: str
    text: str
    answer: str
    answers: tuple[str, ...]


def read_blind_questions(root: DataRoot, files: Files) -> Table[BlindQuestion]:
    """Every question of a split."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=list[msgspec.Raw])
    questions = JsonArray(file, raws, kind=_Question, label="record")
    return ArrayTable(questions, key=lambda raw: PurePosixPath(raw.image).stem, make=_make)


class _Answer(msgspec.Struct):
    answer: str


class _Question(msgspec.Struct):
    image: str
    question: str
    answers: list[_Answer]


def _make(key: str, raw: _Question) -> BlindQuestion:
    answers = tuple(each.answer.strip() for each in raw.answers)
    return BlindQuestion(key, key, raw.image, raw.question.strip(), most_common(answers), answers)
