"""Questions about a scene with unambiguous answers, in the style of VQAv2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .random_draws import choose, happens, sample
from .shapes import BACKGROUNDS, COLOURS, KINDS
from .words import PREPOSITIONS, plural, with_article
from .world import OPPOSITES, Scene, clear_pairs, largest, unique_kinds

__all__ = ["Question", "questions"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its answer as VQAv2 writes it ("yes", "3", "red"), and plausible wrong answers."""

    text: str
    answer: str
    others: tuple[str, ...]

    @property
    def answer_type(self) -> str:
        """The answer type of VQAv2: "yes/no", "number" or "other"."""
        if self.answer in ("yes", "no"):
            return "yes/no"
        return "number" if self.answer.isdigit() else "other"


Rule = Callable[[Scene, int], Question | None]


def questions(scene: Scene, key: int) -> list[Question]:
    """Three to five different questions: up to two yes/no questions, one number question, and up to two others."""
    wanted = ((_YES_NO, 2), (_NUMBER, 1), (_OTHER, 2))
    return [question for rules, count in wanted for question in _sample_questions(rules, count, scene, key)]


def _sample_questions(rules: Sequence[Rule], count: int, scene: Scene, key: int) -> list[Question]:
    candidates = [question for rule in rules if (question := rule(scene, key)) is not None]
    return sample(candidates, count, key, "questions")


def _yes_no(text: str, truth: bool) -> Question:
    return Question(text, *(("yes", ("no",)) if truth else ("no", ("yes",))))


def _number(text: str, number: int) -> Question:
    others = (number + 1, number - 1) if number > 1 else (number + 1, number + 2)
    return Question(text, str(number), tuple(map(str, others)))


def _choice(text: str, answer: str, names: Sequence[str]) -> Question:
    return Question(text, answer, tuple(name for name in names if name != answer))


def _has_shape(scene: Scene, key: int) -> Question:
    present = [shape.name for shape in scene.shapes]
    absent = [f"{colour} {kind}" for colour in COLOURS for kind in KINDS if f"{colour} {kind}" not in present]
    name = choose(present if happens(0.5, key, "there") else absent, key, "there name")
    return _yes_no(f"Is there {with_article(name)} in the picture?", name in present)


def _has_kind(scene: Scene, key: int) -> Question:
    present = {shape.kind for shape in scene.shapes}
    truth = happens(0.5, key, "any")
    kind = choose([kind for kind in KINDS if (kind in present) == truth], key, "any kind")
    return _yes_no(f"Are there any {plural(kind)}?", truth)


def _background_is(scene: Scene, key: int) -> Question:
    truth = happens(0.5, key, "behind")
    others = [colour for colour in BACKGROUNDS if colour != scene.background]
    colour = scene.background if truth else choose(others, key, "behind colour")
    return _yes_no(f"Is the background {colour}?", truth)


def _pair(scene: Scene, key: int) -> Question | None:
    pairs = clear_pairs(scene)
    if not pairs:
        return None
    one, relation, other = choose(pairs, key, "pair question")
    truth = happens(0.5, key, "pair truth")
    side = PREPOSITIONS[relation if truth else OPPOSITES[relation]]
    return _yes_no(f"Is the {one.kind} {side} the {other.kind}?", truth)


def _count_kind(scene: Scene, key: int) -> Question:
    kinds = [shape.kind for shape in scene.shapes] if happens(0.9, key, "some") else list(KINDS)
    kind = choose(kinds, key, "count kind")
    return _number(f"How many {plural(kind)} are there?", sum(shape.kind == kind for shape in scene.shapes))


def _count_colour(scene: Scene, key: int) -> Question:
    colour = choose(scene.shapes, key, "count colour").colour
    return _number(f"How many {colour} shapes are there?", sum(shape.colour == colour for shape in scene.shapes))


def _count_all(scene: Scene, _key: int) -> Question:
    return _number("How many shapes are in the picture?", len(scene.shapes))


def _colour_of(scene: Scene, key: int) -> Question | None:
    unique = unique_kinds(scene)
    if not unique:
        return None
    shape = choose(unique, key, "colour of")
    return _choice(f"What color is the {shape.kind}?", shape.colour, list(COLOURS))


def _kind_of(scene: Scene, key: int) -> Question | None:
    colours = [shape.colour for shape in scene.shapes]
    unique = [shape for shape in scene.shapes if colours.count(shape.colour) == 1]
    if not unique:
        return None
    shape = choose(unique, key, "kind of")
    return _choice(f"What is the {shape.colour} shape?", shape.kind, list(KINDS))


def _background(scene: Scene, _key: int) -> Question:
    return _choice("What color is the background?", scene.background, list(BACKGROUNDS))


def _largest(scene: Scene, _key: int) -> Question | None:
    shape = largest(scene)
    return None if shape is None else _choice("Which shape is the largest?", shape.kind, list(KINDS))


def _side(scene: Scene, key: int) -> Question | None:
    aside = [shape for shape in unique_kinds(scene) if abs(shape.centre[0] / scene.width - 0.5) > 0.15]
    if not aside:
        return None
    shape = choose(aside, key, "side")
    side = "left" if shape.centre[0] < scene.width / 2 else "right"
    return _choice(f"Is the {shape.kind} on the left or the right side of the picture?", side, ("left", "right"))


_YES_NO: tuple[Rule, ...] = (_has_shape, _has_kind, _background_is, _pair)
_NUMBER: tuple[Rule, ...] = (_count_kind, _count_colour, _count_all)
_OTHER: tuple[Rule, ...] = (_colour_of, _kind_of, _background, _largest, _side)
