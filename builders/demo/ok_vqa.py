"""Writes OK-VQA in its original layout, on MSCOCO images: knowledge questions with ten answers each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from . import mscoco
from .files import folder, write_json
from .random_draws import choose, draw_integer, shuffle
from .world import Scene

__all__ = ["write"]

_HEAD = {"info": {"description": "Demo world of colored shapes in the layout of OK-VQA"}, "data_type": "mscoco"}
_CORNERS = {"circle": "0", "square": "4", "triangle": "3", "diamond": "4", "star": "10", "cross": "12"}
_FRUITS = {"red": "cherry", "orange": "tangerine", "yellow": "banana", "green": "lime", "blue": "blueberry"}
_QUESTIONS = (
    ("How many corners does the {kind} have?", "kind", _CORNERS),
    ("Which fruit often has the color of the {kind}?", "colour", _FRUITS),
)


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `OK-VQA/`, and `MSCOCO2014/` if it does not exist yet."""
    if not (root / "MSCOCO2014").exists():
        mscoco.write(root, seed=seed, images=images)
    for split in mscoco.SPLITS:
        target = folder(root, "OK-VQA", split)
        entries = list(_numbered_questions(split, seed, images))
        head = {**_HEAD, "data_subtype": f"{split}2014"}
        texts = {"task_type": "Open-Ended", "questions": [_question(*each) for each in entries]}
        write_json(target / f"OpenEnded_mscoco_{split}2014_questions.json", {**head, **texts})
        answers = {"annotations": [_annotation(*each) for each in entries]}
        write_json(target / f"mscoco_{split}2014_annotations.json", {**head, **answers})


def _numbered_questions(split: str, seed: int, images: int) -> Iterator[tuple[int, int, str, str]]:
    """The image id, question id, question and answer of every question."""
    for image_id, scene in mscoco.numbered_scenes(split, seed=seed, images=images):
        for place, (text, answer) in enumerate(_answerable_questions(scene)):
            yield image_id, 10 * image_id + place, text, answer


def _answerable_questions(scene: Scene) -> Iterator[tuple[str, str]]:
    for text, of, answers in _QUESTIONS:
        shape = next((shape for shape in scene.shapes if getattr(shape, of) in answers), None)
        if shape is not None:
            yield text.format(kind=shape.kind), answers[getattr(shape, of)]


def _question(image_id: int, question_id: int, text: str, _answer: str) -> dict[str, Any]:
    return {"image_id": image_id, "question": text, "question_id": question_id}


def _annotation(image_id: int, question_id: int, text: str, answer: str) -> dict[str, Any]:
    return {
        "image_id": image_id,
        "answer_type": "other",
        "question_type": "four" if text.startswith("How many") else "eight",
        "answers": _answers(answer, fold("ok_vqa", question_id)),
        "question_id": question_id,
        "confidence": 3,
    }


def _answers(answer: str, key: int) -> list[dict[str, Any]]:
    """Ten answers, six to ten of them right, each as given and in its base form."""
    others = sorted({*_CORNERS.values(), *_FRUITS.values()} - {answer})
    wrong = [choose(others, key, "wrong", place) for place in range(draw_integer(5, key, "count"))]
    given = shuffle([answer] * (10 - len(wrong)) + wrong, key, "order")
    return [
        {"answer_id": place, "raw_answer": f"{text} ", "answer_confidence": "yes", "answer": text}
        for place, text in enumerate(given, 1)
    ]
