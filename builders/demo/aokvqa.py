"""Writes A-OKVQA in its original layout: four choices and ten answers per question, on images of MSCOCO 2017."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from . import mscoco2017
from .annotators import annotator_answers
from .files import folder, write_json
from .questions import Question, questions
from .random_draws import happens, sample, shuffle

__all__ = ["write"]

_DISTRACTORS = 3


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `A-OKVQA/`, and `MSCOCO2017/` if it does not exist yet."""
    mscoco2017.write(root, seed=seed, images=images)
    target = folder(root, "A-OKVQA")
    for split in mscoco2017.SPLITS:
        records = [
            _record(split, number, question, fold(seed, "aokvqa", number, place))
            for number, scene in mscoco2017.numbered_scenes(split, seed=seed, images=images)
            for place, question in enumerate(questions(scene, fold("aokvqa", number)))
            if len(question.others) >= _DISTRACTORS
        ]
        write_json(target / f"aokvqa_v1p0_{split}.json", records)


def _record(split: str, number: int, question: Question, key: int) -> dict[str, Any]:
    choices = shuffle([question.answer, *sample(question.others, _DISTRACTORS, key, "wrong")], key, "choices")
    return {
        "split": split,
        "image_id": number,
        "question_id": f"{key:016x}",
        "question": question.text,
        "choices": choices,
        "correct_choice_idx": choices.index(question.answer),
        "direct_answers": annotator_answers(question, key),
        "difficult_direct_answer": happens(0.1, key, "difficult"),
        "rationales": [f"One can see that it is {question.answer}."] * 3,
    }
