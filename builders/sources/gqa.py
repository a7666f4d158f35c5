"""GQA, balanced: questions made from scene graphs, with a short answer each."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ..files.json_tables import JsonArray, Table, read_json
from ..files.root import Archive, DataRoot
from .spec import Download, Files, Source

__all__ = ["GQA", "GraphQuestion", "read_questions"]

FOLDER = "GQA"
PICTURES = f"{FOLDER}/images"
_SITE = "https://downloads.cs.stanford.edu/nlp/data/gqa"
_ARCHIVES = (f"{FOLDER}/questions1.2.zip", f"{FOLDER}/images.zip")


def _files(part: str) -> Files:
    return Files((f"{FOLDER}/{part}_balanced_questions.json",), (PICTURES,))


_SPLITS = {"train": _files("train"), "validation": _files("val"), "test": _files("testdev")}

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
    note=f"Put the zips into {FOLDER}/ as they are, or unpack them there.",
    automatic=tuple(Download(f"{_SITE}/{file.rpartition('/')[2]}", file) for file in _ARCHIVES),
    size="22 GB: pictures 20 GB, questions 1.4 GB, all zipped",
)


@dataclass(frozen=True, slots=True)
class GraphQuestion:
    """One question with its answer in a word or two; pictures are numbered as in Visual Genome, some after an "n"."""

    key: str
    image_id: str
    picture: str
    text: str
    answer: str
    answers: tuple[str, ...]


def read_questions(root: DataRoot, files: Files) -> Table[GraphQuestion]:
    """Every question of a split."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=dict[str, msgspec.Raw])
    keys = list(raws)
    return _Questions(JsonArray(file, list(raws.values()), kind=_Question, label="question", names=keys), keys)


class _Question(msgspec.Struct, rename="camel"):
    image_id: str
    question: str
    answer: str


class _Questions(Table[GraphQuestion]):
    def __init__(self, questions: JsonArray[_Question], keys: list[str]) -> None:
        super().__init__(questions.file, keys)
        self._questions = questions

    def _record(self, index: int) -> GraphQuestion:
        raw = self._questions[index]
        answer = raw.answer.strip()
        picture = f"{raw.image_id}.jpg"
        return GraphQuestion(self.key(index), raw.image_id, picture, raw.question.strip(), answer, (answer,))
