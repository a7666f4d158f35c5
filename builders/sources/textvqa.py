"""TextVQA 0.5.1: questions about the text in pictures of Open Images, with ten answers each."""

from __future__ import annotations

import msgspec

from ..files.json_tables import JsonArray, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .ids import AnyId, NumberId
from .questions import Question
from .spec import Download, Files, Published, Source

__all__ = ["FOLDER", "PICTURES", "PICTURE_ARCHIVES", "TEXTVQA", "alternatives", "read_questions"]

FOLDER = "TextVQA/train_val"
_FLAT = "TextVQA"
"""The folder of copies without a folder per set of pictures."""

PICTURES = f"{FOLDER}/train_images"
PICTURE_ARCHIVES = tuple(
    Archive(f"{folder}/train_val_images.zip", into=folder, holds=f"{folder}/train_images") for folder in (FOLDER, _FLAT)
)


def alternatives(*paths: str) -> dict[str, tuple[str, ...]]:
    """The paths of files and folders of TextVQA in copies without `train_val/`, by declared path."""
    return {path: (path.replace(FOLDER, _FLAT, 1),) for path in paths}


_SITE = "https://dl.fbaipublicfiles.com/textvqa"
_FILE = f"{FOLDER}/TextVQA_0.5.1_val.json"
_ARCHIVE = f"{FOLDER}/train_val_images.zip"
_DOWNLOADS = (
    Download(f"{_SITE}/data/TextVQA_0.5.1_val.json", _FILE),
    Download(f"{_SITE}/images/train_val_images.zip", _ARCHIVE),
)

TEXTVQA = Source(
    name="textvqa",
    title="TextVQA 0.5.1",
    licence="annotations CC BY 4.0; pictures of Open Images, CC BY 2.0",
    homepage="https://textvqa.org",
    downloads=tuple(file.url for file in _DOWNLOADS),
    # The answers of the test split are not published; results are usually reported on the validation split.
    splits={"test": Files((_FILE,), (PICTURES,))},
    archives=PICTURE_ARCHIVES,
    alternatives=alternatives(_FILE, PICTURES),
    published={"test": Published(5_000, "huggingface.co/datasets/facebook/textvqa")},
    note=f"Put both files into {FOLDER}/; the zip of pictures may stay as it is.",
    automatic=_DOWNLOADS,
    size="7 GB: pictures, zipped; questions below 0.1 GB",
    verified="The addresses, the fields of the file, and train_images/<image_id>.jpg, which holds the pictures of "
    "training and validation, with a folder train_val/ (VT-NLP/MultiInstruct: download_scripts/text_vqa.sh, "
    "data_preprocessor/text_vqa.py) or without (phiyodr/vqaloader: README.md).",
)


def read_questions(root: DataRoot, files: Files) -> Table[Question]:
    """Every question of a split; the file chooses no answer among those of the annotators."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=_File).data
    return _Questions(JsonArray(file, raws, kind=_Question, label="data"))


class _Question(msgspec.Struct):
    question_id: NumberId
    image_id: AnyId
    question: str
    answers: list[str]


class _QuestionId(msgspec.Struct):
    question_id: NumberId


class _File(msgspec.Struct):
    data: list[msgspec.Raw]


class _Questions(Table[Question]):
    def __init__(self, questions: JsonArray[_Question]) -> None:
        (ids,) = questions.columns(_QuestionId)
        super().__init__(questions.file, ids)
        self._questions = questions

    def _record(self, index: int) -> Question:
        raw = self._questions[index]
        answers = tuple(answer.strip() for answer in raw.answers)
        picture = f"{raw.image_id}.jpg"
        return Question(self.key(index), str(raw.image_id), picture, raw.question.strip(), None, answers)
