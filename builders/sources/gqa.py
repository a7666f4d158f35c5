"""GQA, balanced: questions generated from scene graphs, with one short answer each."""

from __future__ import annotations

import msgspec

from ..files.json_tables import JsonArray, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .ids import AnyId
from .questions import Question
from .spec import Download, Files, Published, Source

__all__ = ["GQA", "read_questions"]

FOLDER = "GQA"
PICTURES = f"{FOLDER}/images"
_SITE = "https://downloads.cs.stanford.edu/nlp/data/gqa"
_ARCHIVES = (f"{FOLDER}/questions1.2.zip", f"{FOLDER}/images.zip")


def _files(part: str) -> Files:
    return Files((f"{FOLDER}/{part}_balanced_questions.json",), (PICTURES,))


_SPLITS = {"train": _files("train"), "validation": _files("val"), "test": _files("testdev")}

_COUNTED = "huggingface.co/datasets/Mineru/GQA"

GQA = Source(
    name="gqa",
    title="GQA 1.2, balanced",
    licence="questions CC BY 4.0; pictures of Visual Genome under the terms of their owners",
    homepage="https://cs.stanford.edu/people/dorarad/gqa",
    downloads=tuple(f"{_SITE}/{file.rpartition('/')[2]}" for file in _ARCHIVES),
    splits=_SPLITS,
    archives=(
        *(Archive(_ARCHIVES[0], into=FOLDER, holds=file) for files in _SPLITS.values() for file in files.annotations),
        Archive(_ARCHIVES[1], into=FOLDER, holds=PICTURES),
    ),
    alternatives={
        file: tuple(file.replace(FOLDER, f"{FOLDER}/{folder}", 1) for folder in ("questions1.2", "questions"))
        for files in _SPLITS.values()
        for file in files.annotations
    },
    published={
        "train": Published(943_000, _COUNTED),
        "validation": Published(132_062, _COUNTED),
        "test": Published(12_578, _COUNTED),
    },
    note=f"Put the zips into {FOLDER}/ as they are, or unpack them there.",
    automatic=tuple(Download(f"{_SITE}/{file.rpartition('/')[2]}", file) for file in _ARCHIVES),
    size="22 GB: pictures 20 GB, questions 1.4 GB, all zipped",
    verified="The zips and, unpacked beside each other, <part>_balanced_questions.json and images/<imageId>.jpg "
    "(VT-NLP/MultiInstruct: download_scripts/gqa.sh, data_preprocessor/GQA.py; phiyodr/vqaloader: README.md).",
)


def read_questions(root: DataRoot, files: Files) -> Table[Question]:
    """Every question of a split; the ids of pictures are those of Visual Genome or start with "n"."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=dict[str, msgspec.Raw])
    keys = list(raws)
    return _Questions(JsonArray(file, list(raws.values()), kind=_Question, label="question", names=keys), keys)


class _Question(msgspec.Struct, rename="camel"):
    image_id: AnyId
    question: str
    answer: str


class _Questions(Table[Question]):
    def __init__(self, questions: JsonArray[_Question], keys: list[str]) -> None:
        super().__init__(questions.file, keys)
        self._questions = questions

    def _record(self, index: int) -> Question:
        raw = self._questions[index]
        answer = raw.answer.strip()
        picture = f"{raw.image_id}.jpg"
        return Question(self.key(index), str(raw.image_id), picture, raw.question.strip(), answer, (answer,))
