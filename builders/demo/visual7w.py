"""Writes Visual7W in its original layout: questions with four texts (telling) or boxes (pointing) as choices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .questions import Question, questions
from .random_draws import choose, sample, shuffle
from .scenes import split_scenes
from .shapes import COLOURS, KINDS
from .words import sentence
from .world import Scene

__all__ = ["write"]

_SPLITS = ("train", "val", "test")
_FIRST = 5
_BOX = 10
_OTHERS = {"yes/no": ("Maybe.", "It is hidden.", "Nobody knows."), "number": tuple("123456789")}


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `visual7w/` with both question files; the images of all splits are in one folder."""
    base = folder(root, "visual7w")
    pictures = folder(base, "images")
    telling: list[dict[str, Any]] = []
    pointing: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for split in _SPLITS:
        for number, scene in split_scenes("visual7w", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images):
            image = {"image_id": number, "filename": f"v7w_{number}.jpg", "split": split}
            save_picture(draw(scene), pictures / f"v7w_{number}.jpg")
            boxes += _boxes(number, scene)
            telling.append({"qa_pairs": list(_telling_questions(number, scene)), **image})
            pointing.append({"qa_pairs": list(_pointing_questions(number, scene)), **image})
    write_json(base / "dataset_v7w_telling.json", {"dataset": "v7w_telling", "images": telling})
    write_json(base / "dataset_v7w_pointing.json", {"dataset": "v7w_pointing", "boxes": boxes, "images": pointing})


def _boxes(number: int, scene: Scene) -> Iterator[dict[str, Any]]:
    for place, shape in enumerate(scene.shapes):
        x, y, width, height = map(int, shape.box)
        yield {
            "box_id": _BOX * number + place,
            "name": shape.kind,
            "x": x or -1,  # as in the real data, where boxes may start outside the image
            "y": y or -1,
            "width": width,
            "height": height,
        }


def _telling_questions(number: int, scene: Scene) -> Iterator[dict[str, Any]]:
    key = fold("telling", number)
    for place, question in enumerate(questions(scene, key)):
        wrong = sample(_distractors(question), 3, key, place)
        yield {
            "image_id": number,
            "question": question.text,
            "multiple_choices": wrong,
            "qa_id": 100 * number + place,
            "answer": sentence(question.answer),
            "type": "how" if question.answer_type == "number" else "what",
        }


def _distractors(question: Question) -> list[str]:
    more = _OTHERS.get(question.answer_type, (*COLOURS, *KINDS))
    texts = dict.fromkeys(text if text.endswith(".") else sentence(text) for text in (*question.others, *more))
    return [text for text in texts if text != sentence(question.answer)]


def _pointing_questions(number: int, scene: Scene) -> Iterator[dict[str, Any]]:
    """One question, if the image has at least four shapes and the name of one is unique."""
    names = [shape.name for shape in scene.shapes]
    single = [place for place, name in enumerate(names) if names.count(name) == 1]
    if len(names) < 4 or not single:
        return
    key = fold("pointing", number)
    answer = choose(single, key, "answer")
    wrong = [place for place in shuffle(range(len(names)), key, "wrong") if place != answer][:3]
    yield {
        "image_id": number,
        "question": f"Which shape is the {names[answer]}?",
        "multiple_choices": [_BOX * number + place for place in wrong],
        "qa_id": 100 * number + 50,
        "answer": _BOX * number + answer,
        "type": "which",
    }
