"""Writes TDIUC in its original layout, on MSCOCO images: questions of every type, each with one answer.

Every kind of shape has a sport, an activity and a use, and every color a mood, so that all question types have answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from instraug_datasets.hashing import fold

from . import mscoco
from .files import folder, write_json
from .random_draws import choose, happens
from .shapes import COLOURS, KINDS
from .words import PREPOSITIONS, number_word, plural, with_article
from .world import Scene, clear_pairs, unique_kinds

__all__ = ["write"]

_HEAD = {"info": {"description": "Demo world of colored shapes in the layout of TDIUC"}, "data_type": "mscoco"}
_FIRST_NON_COCO = 990_000
"""Some questions are about Visual Genome images, which the MSCOCO download lacks."""

_SPORTS = ("tennis", "soccer", "skiing", "surfing", "baseball", "skateboarding", "snowboarding", "basketball")
_ACTIVITIES = ("walking", "sitting", "eating", "sleeping", "standing", "talking", "swimming", "grazing")
_USES = ("to roll", "to build", "to cut", "to fly", "to shine", "to mark", "to hold", "to love")
_MOODS = ("angry", "happy", "excited", "calm", "sad", "proud", "shy", "scared")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `TDIUC/`, and `MSCOCO2014/` if it does not exist yet."""
    if not (root / "MSCOCO2014").exists():
        mscoco.write(root, seed=seed, images=images)
    questions, annotations = folder(root, "TDIUC", "Questions"), folder(root, "TDIUC", "Annotations")
    for split in mscoco.SPLITS:
        entries = list(_entries(split, seed, images))
        head = {**_HEAD, "data_subtype": f"{split}2014"}
        texts = {"task_type": "Open-Ended", "questions": [_question(each) for each in entries]}
        write_json(questions / f"OpenEnded_mscoco_{split}2014_questions.json", {**head, **texts})
        answers = {"annotations": [_annotation(each) for each in reversed(entries)]}
        write_json(annotations / f"mscoco_{split}2014_annotations.json", {**head, **answers})


class _Entry(NamedTuple):
    image_id: int
    question_id: int
    kind: str
    text: str
    answer: str


QuestionAnswer = tuple[str, str]
Rule = Callable[[Scene, int], QuestionAnswer | None]


def _entries(split: str, seed: int, images: int) -> Iterator[_Entry]:
    for image_id, scene in mscoco.numbered_scenes(split, seed=seed, images=images):
        for place, (kind, rule) in enumerate(_RULES.items()):
            pair = rule(scene, fold("tdiuc", image_id, kind))
            if pair is not None:
                yield _Entry(image_id, 100 * image_id + place, kind, *pair)
    for place in range(2):
        image_id = _FIRST_NON_COCO + 2 * mscoco.SPLITS.index(split) + place
        yield _Entry(image_id, 100 * image_id, "color", "What color is the sky?", "blue")


def _question(entry: _Entry) -> dict[str, Any]:
    return {"image_id": entry.image_id, "question": entry.text, "question_id": entry.question_id}


def _annotation(entry: _Entry) -> dict[str, Any]:
    return {
        "question_type": entry.kind,
        "image_id": entry.image_id,
        "ans_source": "generation",
        "answers": [{"answer": entry.answer, "answer_confidence": "yes", "answer_id": 1}],
        "question_id": entry.question_id,
    }


def _color(scene: Scene, key: int) -> QuestionAnswer:
    shape = choose(unique_kinds(scene) or scene.shapes[:1], key, "shape")
    return f"What color is the {shape.kind}?", shape.colour


def _scene(scene: Scene, key: int) -> QuestionAnswer:
    if happens(0.5, key, "yes or no"):
        return "Is this a bright scene?", _yes_or_no(scene.background == "white")
    return "What is the background like?", scene.background


def _object(scene: Scene, key: int) -> QuestionAnswer | None:
    colours = [shape.colour for shape in scene.shapes]
    single = [shape for shape in scene.shapes if colours.count(shape.colour) == 1]
    if not single:
        return None
    shape = choose(single, key, "shape")
    return f"What {shape.colour} thing is shown in the photo?", shape.kind


def _position(scene: Scene, key: int) -> QuestionAnswer | None:
    found: dict[tuple[str, str], list[str]] = {}
    for one, relation, other in clear_pairs(scene):
        found.setdefault((PREPOSITIONS[relation], other.kind), []).append(one.kind)
    clear = [(*place, kinds[0]) for place, kinds in found.items() if len(kinds) == 1]
    if not clear:
        return None
    where, other_kind, kind = choose(clear, key, "place")
    return f"What is {where} the {other_kind}?", kind


def _presence(scene: Scene, key: int) -> QuestionAnswer:
    present = {shape.kind for shape in scene.shapes}
    truth = happens(0.5, key, "truth")
    kind = choose([kind for kind in KINDS if (kind in present) == truth], key, "kind")
    return f"Are there any {plural(kind)} in the photo?", _yes_or_no(truth)


def _count(scene: Scene, key: int) -> QuestionAnswer:
    kind = choose(list(KINDS), key, "kind") if happens(0.3, key, "any") else choose(scene.shapes, key, "shape").kind
    number = sum(shape.kind == kind for shape in scene.shapes)
    return f"How many {plural(kind)} are there?", number_word(number) if number else "zero"


def _attribute(scene: Scene, key: int) -> QuestionAnswer:
    shape = choose(unique_kinds(scene) or scene.shapes[:1], key, "shape")
    return f"What form does the {shape.kind} have?", KINDS[shape.kind].supercategory


def _absurd(scene: Scene, key: int) -> QuestionAnswer:
    present = {shape.kind for shape in scene.shapes}
    return f"What color is the {choose(sorted(set(KINDS) - present), key, 'absent')}?", "doesnotapply"


def _by_kind(question: str, answers: tuple[str, ...]) -> Rule:
    def ask(scene: Scene, key: int) -> QuestionAnswer:
        kind = choose(scene.shapes, key, "shape").kind
        return question.format(kind), answers[list(KINDS).index(kind)]

    return ask


def _mood(scene: Scene, key: int) -> QuestionAnswer:
    shape = choose(scene.shapes, key, "shape")
    return f"How does {with_article(shape.name)} feel?", _MOODS[list(COLOURS).index(shape.colour)]


def _yes_or_no(truth: bool) -> str:
    return "yes" if truth else "no"


_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "color": _color,
        "scene_recognition": _scene,
        "object_recognition": _object,
        "positional_reasoning": _position,
        "object_presence": _presence,
        "counting": _count,
        "utility_affordance": _by_kind("What can the {} be used for?", _USES),
        "sentiment_understanding": _mood,
        "sport_recognition": _by_kind("What sport is played with the {}?", _SPORTS),
        "activity_recognition": _by_kind("What is the {} doing?", _ACTIVITIES),
        "attribute": _attribute,
        "absurd": _absurd,
    }
)
