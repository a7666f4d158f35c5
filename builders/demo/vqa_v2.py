"""Writes VQAv2 in its original layout, on MSCOCO images: questions with ten answers each that do not always agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from . import mscoco
from .files import folder, write_json
from .questions import Question, questions
from .random_draws import choose, draw_integer, happens, sample

__all__ = ["write"]

_INFO = {
    "description": "Demo world of colored shapes in the layout of VQA v2.0",
    "url": "https://example.invalid",
    "version": "2.0",
    "year": 2017,
    "contributor": "instraug-datasets",
    "date_created": "2017-01-01 00:00:00",
}
_LICENSE = {key: mscoco.LICENSES[0][key] for key in ("url", "name")}
_TYPES = ("are there any", "how many", "is the", "is there a", "is there", "what color is the", "what is the", "which")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `VQA_V2/`, and `MSCOCO2014/` if it does not exist yet."""
    if not (root / "MSCOCO2014").exists():
        mscoco.write(root, seed=seed, images=images)
    target = folder(root, "VQA_V2")
    for split in mscoco.SPLITS:
        entries = list(_numbered_questions(split, seed, images))
        head = {"info": _INFO, "data_subtype": f"{split}2014", "data_type": "mscoco", "license": _LICENSE}
        texts = {"task_type": "Open-Ended", "questions": [_question(*item) for item in entries]}
        write_json(target / f"v2_OpenEnded_mscoco_{split}2014_questions.json", {**head, **texts})
        answers = {"annotations": [_annotation(*item) for item in entries]}
        write_json(target / f"v2_mscoco_{split}2014_annotations.json", {**head, **answers})


def _numbered_questions(split: str, seed: int, images: int) -> Iterator[tuple[int, int, Question]]:
    for image_id, scene in mscoco.numbered_scenes(split, seed=seed, images=images):
        for i, question in enumerate(questions(scene, fold("questions", image_id))):
            yield image_id, 1000 * image_id + i, question


def _question(image_id: int, question_id: int, question: Question) -> dict[str, Any]:
    return {"image_id": image_id, "question": question.text, "question_id": question_id}


def _annotation(image_id: int, question_id: int, question: Question) -> dict[str, Any]:
    return {
        "question_type": _question_type(question.text),
        "multiple_choice_answer": question.answer,
        "answers": _answers(question, fold("answers", question_id)),
        "image_id": image_id,
        "answer_type": question.answer_type,
        "question_id": question_id,
    }


def _question_type(text: str) -> str:
    words = text.lower().split()
    fitting = [kind for kind in _TYPES if words[: len(kind.split())] == kind.split()]
    return max(fitting, key=len, default="none of the above")


def _answers(question: Question, key: int) -> list[dict[str, Any]]:
    """Ten answers; for one question in three, up to three annotators give another answer with less confidence."""
    count = 1 + draw_integer(3, key, "count") if happens(0.35, key, "disagreement") else 0
    dissenters = set(sample(range(10), count, key, "who"))
    return [_answer(question, i, i in dissenters, fold(key, i)) for i in range(10)]


def _answer(question: Question, position: int, dissents: bool, key: int) -> dict[str, Any]:
    sure = ("maybe", "maybe", "no", "yes") if dissents else ("yes",) * 9 + ("maybe",)
    return {
        "answer": choose(question.others, key, "answer") if dissents else question.answer,
        "answer_confidence": choose(sure, key, "confidence"),
        "answer_id": position + 1,
    }
