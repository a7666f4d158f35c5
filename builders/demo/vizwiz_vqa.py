"""Writes VizWiz-VQA in its original layout: questions about images, some of which are too blurred to answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import ImageFilter

from instraug_datasets.hashing import fold

from .annotators import annotator_answers
from .drawing import draw, save_picture
from .files import folder, write_json
from .questions import Question, questions
from .random_draws import choose, happens
from .scenes import split_scenes

__all__ = ["write"]

_FIRST = 1_600_000
_UNANSWERABLE = "unanswerable"


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `VizWiz/` with the validation set."""
    pictures, entries = folder(root, "VizWiz", "val"), []
    few = max(1, images // 2)
    for number, scene in split_scenes("vizwiz_vqa", "val", splits=("val",), first=_FIRST, seed=seed, images=few):
        blurred = happens(0.3, number, "blurred")
        picture = draw(scene).filter(ImageFilter.GaussianBlur(12)) if blurred else draw(scene)
        name = f"VizWiz_val_{number:08d}.jpg"
        save_picture(picture, pictures / name)
        question = choose(questions(scene, fold("vizwiz", number)), number, "question")
        entries.append(_entry(name, question, fold(seed, "vizwiz", number), blurred=blurred))
    write_json(folder(root, "VizWiz", "Annotations") / "val.json", entries)


def _entry(name: str, question: Question, key: int, *, blurred: bool) -> dict[str, Any]:
    answered = Question(question.text, _UNANSWERABLE, ("unsuitable", question.answer)) if blurred else question
    answers = annotator_answers(answered, key)
    confidences = [
        choose(("yes", "maybe"), key, i) if text == answered.answer else "no" for i, text in enumerate(answers)
    ]
    return {
        "image": name,
        "question": question.text,
        "answers": [
            {"answer": text, "answer_confidence": confidence}
            for text, confidence in zip(answers, confidences, strict=True)
        ],
        "answer_type": _UNANSWERABLE if blurred else "other",
        "answerable": int(not blurred),
    }
