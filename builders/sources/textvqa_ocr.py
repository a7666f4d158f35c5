"""TextVQA with the words that an OCR system read in its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..files.json_tables import Table
from ..files.root import DataRoot
from .ocr_tokens import Words, read_words
from .spec import Download, Files
from .textvqa import TEXTVQA, TextQuestion, read_questions

__all__ = ["TEXTVQA_OCR", "WordQuestion", "read_word_questions"]

_WORDS = "TextVQA/train_val/TextVQA_Rosetta_OCR_v0.2_val.json"
_URL = f"https://dl.fbaipublicfiles.com/textvqa/data/{_WORDS.rpartition('/')[2]}"

TEXTVQA_OCR = replace(
    TEXTVQA,
    name="textvqa_ocr",
    title=f"{TEXTVQA.title} with OCR tokens",
    downloads=(*TEXTVQA.downloads, _URL),
    splits={split: replace(files, annotations=(*files.annotations, _WORDS)) for split, files in TEXTVQA.splits.items()},
    note=f"{TEXTVQA.note} So must the OCR tokens.",
    automatic=(*TEXTVQA.automatic, Download(_URL, _WORDS)),
)


@dataclass(frozen=True, slots=True)
class WordQuestion(TextQuestion):
    """One question, and the words that a machine read in its picture."""

    words: Sequence[str] = ()


def read_word_questions(root: DataRoot, files: Files) -> Table[WordQuestion]:
    """Every question of a split."""
    *question_files, word_file = files.annotations
    questions = read_questions(root, replace(files, annotations=tuple(question_files)))
    return _Questions(questions, read_words(root, word_file))


class _Questions(Table[WordQuestion]):
    def __init__(self, questions: Table[TextQuestion], words: Words) -> None:
        super().__init__(questions.file, [questions.key(index) for index in range(len(questions))])
        self._questions, self._words = questions, words

    def _record(self, index: int) -> WordQuestion:
        asked = self._questions[index]
        words = self._words.of(asked.image_id)
        return WordQuestion(asked.key, asked.image_id, asked.picture, asked.text, asked.answers, asked.answer, words)
