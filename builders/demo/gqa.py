"""Writes GQA in its original layout: questions about the objects in an image, keyed by id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .questions import Question, questions
from .scenes import split_scenes

__all__ = ["write"]

_SPLITS = ("train", "val", "testdev")
_FIRST = 2_300_000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `GQA/` with the balanced questions of three splits."""
    base = folder(root, "GQA")
    pictures = folder(base, "images")
    for split in _SPLITS:
        records = {}
        for number, scene in split_scenes("gqa", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images):
            # As in the real data, image ids of testdev have a letter before the number.
            image_id = f"n{number}" if split == "testdev" else str(number)
            save_picture(draw(scene), pictures / f"{image_id}.jpg")
            for place, question in enumerate(questions(scene, fold("gqa", number))):
                records[f"{number:08d}{place}"] = _question(image_id, question)
        write_json(base / f"{split}_balanced_questions.json", records)


def _question(image_id: str, question: Question) -> dict[str, Any]:
    return {
        "semantic": [{"operation": "select", "dependencies": [], "argument": "scene"}],
        "entailed": [],
        "equivalent": [],
        "question": question.text,
        "imageId": image_id,
        "isBalanced": True,
        "groups": {"global": None, "local": None},
        "answer": question.answer,
        "semanticStr": "select: scene",
        "annotations": {"answer": {}, "question": {}, "fullAnswer": {}},
        "types": {
            "detailed": "demo",
            "semantic": "attr",
            "structural": "verify" if question.answer_type == "yes/no" else "query",
        },
        "fullAnswer": f"The answer is {question.answer}.",
    }
