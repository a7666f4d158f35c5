"""VizWiz-VQA in its own layout: photos of which some are too blurred to answer what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import ImageFilter

from instraug_datasets.hashing import fold

from .annotators import answers_of
from .drawing import draw, save_picture
from .files import folder, write_json
from .numbered import scenes_of
from .questions import Question, questions
from .random_draws import choose, happens

__all__ = ["write"]

_FIRST = 1_600_000
_UNANSWERABLE = "unanswerable"


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `VizWiz/` with the validation set."""
    pictures, entries = folder(root, "VizWiz", "val"), []
    few = max(1, images // 2)
    for number, shown in scenes_of("vizwiz_vqa", "val", splits=("val",), first=_FIRST, seed=seed, images=few):
        blurred = happens(0.3, number, "blurred")
        picture = draw(shown).filter(ImageFilter.GaussianBlur(12)) if blurred else draw(shown)
        name = f"VizWiz_val_{number:08d}.jpg"
        save_picture(picture, pictures / name)
        question = choose(questions(shown, fold("vizwiz", number)), number, "question")
        entries.append(_entry(name, question, fold(seed, "vizwiz", number), blurred=blurred))
    write_json(folder(root, "VizWiz", "Annotations") / "val.json", entries)


def _entry(name: str, question: Question, key: int, *, blurred: bool) -> dict[str, Any]:
    said = Question(question.text, _UNANSWERABLE, ("unsuitable", question.answer)) if blurred else question
    answers = answers_of(said, key)
    sure = [choose(("yes", "maybe"), key, i) if text == said.answer else "no" for i, text in enumerate(answers)]
    return {
        "image": name,
        "question": question.text,
        "answers": [
            {"answer": text, "answer_confidence": confidence} for text, confidence in zip(answers, sure, strict=True)
        ],
        "answer_type": _UNANSWERABLE if blurred else "other",
        "answerable": int(not blurred),
    }
