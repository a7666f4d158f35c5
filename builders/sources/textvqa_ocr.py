"""TextVQA with the OCR tokens of its pictures."""

from __future__ import annotations

from dataclasses import replace

from ..files.root import DataRoot
from ..files.tables import Table
from .ocr_tokens import OCRTokens, read_ocr_tokens
from .questions import OCRQuestion, Question
from .spec import Download, Files
from .textvqa import FOLDER, TEXTVQA, alternatives, read_questions

__all__ = ["TEXTVQA_OCR", "read_ocr_questions"]

_OCR_FILE = "TextVQA/train_val/TextVQA_Rosetta_OCR_v0.2_val.json"
_URL = f"https://dl.fbaipublicfiles.com/textvqa/data/{_OCR_FILE.rpartition('/')[2]}"

TEXTVQA_OCR = replace(
    TEXTVQA,
    name="textvqa_ocr",
    title=f"{TEXTVQA.title} with OCR tokens",
    downloads=(*TEXTVQA.downloads, _URL),
    splits={
        split: replace(files, annotations=(*files.annotations, _OCR_FILE)) for split, files in TEXTVQA.splits.items()
    },
    alternatives={**TEXTVQA.alternatives, **alternatives(_OCR_FILE)},
    note=f"Put the three files into {FOLDER}/; the zip of pictures may stay as it is.",
    automatic=(*TEXTVQA.automatic, Download(_URL, _OCR_FILE)),
)


def read_ocr_questions(root: DataRoot, files: Files) -> Table[OCRQuestion]:
    """Every question of a split with the OCR tokens of its picture."""
    *question_files, ocr_file = files.annotations
    questions = read_questions(root, replace(files, annotations=tuple(question_files)))
    return _Questions(questions, read_ocr_tokens(root, ocr_file))


class _Questions(Table[OCRQuestion]):
    def __init__(self, questions: Table[Question], ocr_tokens: OCRTokens) -> None:
        super().__init__(questions.file, [questions.key(index) for index in range(len(questions))])
        self._questions, self._ocr_tokens = questions, ocr_tokens

    def _record(self, index: int) -> OCRQuestion:
        question = self._questions[index]
        return OCRQuestion(
            question.key,
            question.image_id,
            question.picture,
            question.text,
            question.answer,
            question.answers,
            self._ocr_tokens.of(str(question.image_id)),
        )
