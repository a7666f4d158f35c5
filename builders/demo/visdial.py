"""VisDial 1.0 in its own layout: ten questions about a picture, their texts and the answers' in two shared lists."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .captions import captions
from .drawing import draw, save_picture
from .files import folder, write_json
from .numbered import scenes_of
from .questions import Question, questions
from .random_draws import choose, sample
from .world import Scene

__all__ = ["write"]

_FIRST = 700_000
_TURNS, _OPTIONS = 10, 100
_FILLERS = tuple(f"i see {number} of them" for number in range(_OPTIONS))


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `visdial/` with one dialogue a picture."""
    pictures = folder(root, "visdial", "VisualDialog_val2018")
    scenes = dict(scenes_of("visdial", "val", splits=("val",), first=_FIRST, seed=seed, images=max(2, images // 2)))
    for number, shown in scenes.items():
        save_picture(draw(shown), pictures / f"VisualDialog_val2018_{number:012d}.jpg")
    turns = {number: _turns(number, shown) for number, shown in scenes.items()}
    asked = list(dict.fromkeys(_said(turn) for each in turns.values() for turn in each))
    answers = list(dict.fromkeys([*_FILLERS, *(turn.answer for each in turns.values() for turn in each)]))
    dialogs = [_dialog(number, scenes[number], turns[number], asked, answers) for number in scenes]
    data = {"questions": asked, "answers": answers, "dialogs": dialogs}
    write_json(pictures.parent / "visdial_1.0_val.json", {"data": data, "version": "1.0", "split": "val"})


def _turns(number: int, shown: Scene) -> list[Question]:
    """Ten different questions."""
    found: dict[str, Question] = {}
    rounds = count()
    while len(found) < _TURNS:
        for question in questions(shown, fold("visdial", number, next(rounds))):
            found.setdefault(question.text, question)
    return list(found.values())[:_TURNS]


def _said(turn: Question) -> str:
    # As people type in a chat.
    return turn.text.lower().rstrip("?")


def _dialog(number: int, shown: Scene, turns: list[Question], asked: list[str], answers: list[str]) -> dict[str, Any]:
    return {
        "image_id": number,
        "caption": choose(captions(shown, fold("visdial caption", number)), "visdial caption", number).lower(),
        "dialog": [_turn(turn, fold(number, i), asked, answers) for i, turn in enumerate(turns)],
    }


def _turn(turn: Question, key: int, asked: list[str], answers: list[str]) -> dict[str, Any]:
    right = answers.index(turn.answer)
    wrong = sample([i for i in range(len(answers)) if i != right], _OPTIONS - 1, key, "options")
    place = key % _OPTIONS
    options = [*wrong[:place], right, *wrong[place:]]
    return {"question": asked.index(_said(turn)), "answer": right, "answer_options": options, "gt_index": place}
