"""Five captions of a scene, each by a different rule, as five annotators would write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from .random_draws import choose, sample, shuffle
from .words import PREPOSITIONS, counted, listed, number_word, place, sentence, with_article
from .world import Scene, clear_pairs, largest

__all__ = ["captions"]


def captions(scene: Scene, key: int) -> list[str]:
    """Five different captions that are true of the scene."""
    rules: list[Callable[[Scene, int], str]] = [_kinds, _colours, _pair, _places, _count]
    return [sentence(rule(scene, key)) for rule in shuffle(rules, key, "order")]


def _kinds(scene: Scene, key: int) -> str:
    counts = Counter(shape.kind for shape in scene.shapes)
    opening = choose(("a picture of", "an image of", "a drawing with"), key, "opening")
    return f"{opening} {listed([counted(number, kind) for kind, number in counts.items()])}"


def _colours(scene: Scene, key: int) -> str:
    thing = choose(("shape", "object"), key, "thing")
    counts = Counter(shape.colour for shape in scene.shapes)
    things = listed([counted(number, f"{colour} {thing}") for colour, number in counts.items()])
    return f"{things} on {with_article(scene.background)} background"


def _pair(scene: Scene, key: int) -> str:
    pairs = clear_pairs(scene)
    if not pairs:
        return _inventory(scene, key)
    one, relation, other = choose(pairs, key, "pair")
    form = choose(("{} {} {}", "{} is {} {}", "there is {} {} {}"), key, "pair form")
    return form.format(with_article(one.name), PREPOSITIONS[relation], with_article(other.name))


def _places(scene: Scene, key: int) -> str:
    one, other = sample(scene.shapes, 2, key, "places")
    first, second = place(scene, one), place(scene, other)
    if first == second:
        return f"{_two_shapes(one.name, other.name)} {first}"
    return f"{with_article(one.name)} {first} and {with_article(other.name)} {second}"


def _two_shapes(one: str, other: str) -> str:
    return counted(2, one) if one == other else f"{with_article(one)} and {with_article(other)}"


def _count(scene: Scene, key: int) -> str:
    things = choose(("shapes", "colorful shapes", "geometric shapes"), key, "shapes")
    shapes = f"{number_word(len(scene.shapes))} {things}"
    biggest = largest(scene)
    if biggest is not None:
        return f"{shapes}, the largest of which is {with_article(biggest.name)}"
    (colour, number), *others = Counter(shape.colour for shape in scene.shapes).most_common()
    return f"{shapes}, {number_word(number) if others else 'all'} of them {colour}"


def _inventory(scene: Scene, _key: int) -> str:
    counts = Counter(shape.name for shape in scene.shapes)
    return f"the picture shows {listed([counted(number, name) for name, number in counts.items()])}"
