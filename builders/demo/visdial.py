"""Writes VisDial 1.0 in its original layout: ten questions per image, with shared lists of questions and answers."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .captions import captions
from .drawing import draw, save_picture
from .files import folder, write_json
from .questions import Question, questions
from .random_draws import choose, sample
from .scenes import split_scenes
from .world import Scene

__all__ = ["write"]

_FIRST = 700_000
_TURNS, _OPTIONS = 10, 100
_FILLERS = tuple(f"i see {number} of them" for number in range(_OPTIONS))


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `visdial/` with one dialogue per image."""
    pictures = folder(root, "visdial", "VisualDialog_val2018")
    scenes = dict(split_scenes("visdial", "val", splits=("val",), first=_FIRST, seed=seed, images=max(2, images // 2)))
    for number, scene in scenes.items():
        save_picture(draw(scene), pictures / f"VisualDialog_val2018_{number:012d}.jpg")
    turns = {number: _turns(number, scene) for number, scene in scenes.items()}
    texts = list(dict.fromkeys(_wording(turn) for each in turns.values() for turn in each))
    answers = list(dict.fromkeys([*_FILLERS, *(turn.answer for each in turns.values() for turn in each)]))
    dialogs = [_dialog(number, scenes[number], turns[number], texts, answers) for number in scenes]
    data = {"questions": texts, "answers": answers, "dialogs": dialogs}
    write_json(pictures.parent / "visdial_1.0_val.json", {"data": data, "version": "1.0", "split": "val"})


def _turns(number: int, scene: Scene) -> list[Question]:
    """Ten different questions."""
    found: dict[str, Question] = {}
    rounds = count()
    while len(found) < _TURNS:
        for question in questions(scene, fold("visdial", number, next(rounds))):
            found.setdefault(question.text, question)
    return list(found.values())[:_TURNS]


def _wording(turn: Question) -> str:
    # As typed in a chat.
    return turn.text.lower().rstrip("?")


def _dialog(number: int, scene: Scene, turns: list[Question], texts: list[str], answers: list[str]) -> dict[str, Any]:
    return {
        "image_id": number,
        "caption": choose(captions(scene, fold("visdial caption", number)), "visdial caption", number).lower(),
        "dialog": [_turn(turn, fold(number, i), texts, answers) for i, turn in enumerate(turns)],
    }


def _turn(turn: Question, key: int, texts: list[str], answers: list[str]) -> dict[str, Any]:
    right = answers.index(turn.answer)
    wrong = sample([i for i in range(len(answers)) if i != right], _OPTIONS - 1, key, "options")
    place = key % _OPTIONS
    options = [*wrong[:place], right, *wrong[place:]]
    return {"question": texts.index(_wording(turn)), "answer": right, "answer_options": options, "gt_index": place}
