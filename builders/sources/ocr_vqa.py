"""OCR-VQA: questions about book covers; one file holds the books of all splits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.lazy_numpy import np

from ..files.json_tables import JsonArray, read_json
from ..files.root import DataRoot
from ..files.tables import Table
from .file_names import first_existing
from .ocr_tokens import OCRTokens, read_ocr_tokens
from .questions import OCRQuestion
from .spec import Files, Source

__all__ = ["OCR_VQA", "read_questions"]

FOLDER = "OCR-VQA"
_OCR_FILE = f"{FOLDER}/ocr_tokens.json"
_ENDINGS = (".jpg", ".gif", ".png", ".jpeg", ".webp")
_PARTS = {"train": "1", "validation": "2", "test": "3"}

OCR_VQA = Source(
    name="ocr_vqa",
    title="OCR-VQA",
    licence="annotations for research use; pictures of book covers under the rights of their publishers",
    homepage="https://ocr-vqa.github.io",
    downloads=("https://ocr-vqa.github.io",),
    splits={
        split: Files((f"{FOLDER}/dataset.json",), (f"{FOLDER}/images",), optional=(_OCR_FILE,), part=part)
        for split, part in _PARTS.items()
    },
    note=f"Put dataset.json into {FOLDER}/ and every cover into {FOLDER}/images/ as <id of the book>.jpg, or with the "
    "ending of its `imageURL`, as the script of the data set saves it: python loadDataset.py. The data "
    f"set has no OCR tokens: put your own into {_OCR_FILE}, in the layout of the OCR files of TextVQA, with the ids of "
    "books as image_id; without that file no words are given.",
    size="6 GB: about 207 000 covers; questions 0.1 GB",
    verified="The fields of dataset.json, the numbers of the splits, and images/<id><ending of imageURL> "
    "(loadDataset.py of the data set; haotian-liu/LLaVA: issue 593, covers that are GIF).",
    unverified="Which covers can still be downloaded: many addresses are dead (haotian-liu/LLaVA: pull request 1458).",
)


def read_questions(root: DataRoot, files: Files) -> Table[OCRQuestion]:
    """Every question of a split."""
    (file,), (ocr_file,) = files.annotations, files.optional
    raws = read_json(root, file, kind=dict[str, msgspec.Raw])
    ocr_tokens = read_ocr_tokens(root, ocr_file) if root.find(ocr_file) else None
    books = JsonArray(file, list(raws.values()), kind=_Book, label="book", names=list(raws))
    return _Questions(root, files, books, list(raws), ocr_tokens)


class _Book(msgspec.Struct):
    questions: list[str]
    answers: list[str]
    split: int
    url: str = msgspec.field(name="imageURL", default="")


class _Questions(Table[OCRQuestion]):
    def __init__(
        self,
        root: DataRoot,
        files: Files,
        books: JsonArray[_Book],
        ids: list[str],
        ocr_tokens: OCRTokens | None,
    ) -> None:
        self._root, self._folders, split = root, files.pictures, int(files.part)
        self._books, self._ids, self._ocr_tokens = books, ids, ocr_tokens
        counts, orphans = np.zeros(len(books), np.int64), list[SourceError]()
        for place in range(len(books)):
            try:
                counts[place] = self._count(place, split)
            except SourceError as error:
                orphans.append(error)
        self._book_of = np.repeat(np.arange(len(books)), counts)
        self._turn_of = np.arange(len(self._book_of)) - np.repeat(np.cumsum(counts) - counts, counts)
        pairs = zip(self._book_of.tolist(), self._turn_of.tolist(), strict=True)
        super().__init__(books.file, [f"{ids[book]}-{turn}" for book, turn in pairs], orphans=orphans)

    def _count(self, place: int, split: int) -> int:
        book = self._books[place]
        if len(book.questions) != len(book.answers):
            problem = f"the book has {len(book.questions)} questions, but {len(book.answers)} answers"
            raise SourceError(problem, file=self._books.file, record=self._books.name(place), field="answers")
        return len(book.questions) if book.split == split else 0

    def _record(self, index: int) -> OCRQuestion:
        place, turn = int(self._book_of[index]), int(self._turn_of[index])
        book, image_id = self._books[place], self._ids[place]
        answer = book.answers[turn].strip()
        return OCRQuestion(
            key=self.key(index),
            image_id=image_id,
            picture=first_existing(self._root, self._folders, _names(image_id, book.url)),
            text=book.questions[turn].strip(),
            answer=answer,
            answers=(answer,),
            ocr_tokens=self._ocr_tokens.of(image_id) if self._ocr_tokens else (),
        )


def _names(image_id: str, url: str) -> Iterator[str]:
    """The names that a cover may have: the publisher's script keeps the ending of its URL, other copies have one."""
    ending = PurePosixPath(urlsplit(url).path).suffix
    known = ending.lower() in _ENDINGS
    for each in dict.fromkeys((ending, *_ENDINGS) if known else _ENDINGS):
        yield f"{image_id}{each}"
