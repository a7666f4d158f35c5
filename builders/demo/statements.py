"""The boxes of NLVR, with scattered items or towers of blocks, and statements that can be evaluated on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from instraug_datasets.hashing import fold

from .random_draws import choose, draw_integer, happens
from .words import number_word, plural, with_article

__all__ = ["BOX_SIZE", "COLOURS", "Boxes", "Item", "Statement", "make_boxes", "make_statement"]

BOX_SIZE = 100
COLOURS = ("yellow", "black", "blue")
_KINDS = ("circle", "square", "triangle")
_BLOCK = 20


@dataclass(frozen=True, slots=True)
class Item:
    """An item in a box: `x` and `y` of its top left corner and its side or diameter `size`, in pixels."""

    kind: str
    colour: str
    x: int
    y: int
    size: int

    @property
    def at_edge(self) -> bool:
        """Whether it touches a wall of its box."""
        return min(self.x, self.y) == 0 or max(self.x, self.y) + self.size == BOX_SIZE


Boxes: TypeAlias = tuple[tuple[Item, ...], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about three boxes, and the rule that decides whether it is true of them."""

    sentence: str
    towers: bool
    holds: Callable[[Boxes], bool]


def make_statement(key: int) -> Statement:
    """The statement of a key."""
    return choose(_RULES, key, "rule")(key)


def make_boxes(key: int, *, towers: bool) -> Boxes:
    """Three boxes with a tower of blocks each (base first), or with two to six scattered items each."""
    fill = _tower if towers else _scatter
    return tuple(fill(fold(key, i)) for i in range(3))


def _tower(key: int) -> tuple[Item, ...]:
    floors = range(1 + draw_integer(4, key, "height"))
    left, ground = (BOX_SIZE - _BLOCK) // 2, BOX_SIZE - _BLOCK
    return tuple(Item("square", choose(COLOURS, key, i), left, ground - (_BLOCK + 1) * i, _BLOCK) for i in floors)


def _scatter(key: int) -> tuple[Item, ...]:
    wanted, items = 2 + draw_integer(5, key, "count"), list[Item]()
    tries = 0
    while len(items) < wanted:
        item = _item(fold(key, tries))
        if not any(_close(item, other) for other in items):
            items.append(item)
        tries += 1
    return tuple(items)


def _item(key: int) -> Item:
    size = choose((10, 20, 30), key, "size")
    x, y = (draw_integer(BOX_SIZE - size + 1, key, axis) for axis in "xy")
    if happens(0.15, key, "edge"):
        x = choose((0, BOX_SIZE - size), key, "wall")
    return Item(choose(_KINDS, key, "kind"), choose(COLOURS, key, "colour"), x, y, size)


def _close(one: Item, other: Item) -> bool:
    return (
        one.x <= other.x + other.size
        and other.x <= one.x + one.size
        and one.y <= other.y + other.size
        and other.y <= one.y + one.size
    )


def _colour_of(key: int) -> str:
    return choose(COLOURS, key, "spoken colour")


def _noun(number: int, noun: str) -> str:
    return noun if number == 1 else plural(noun)


def _number(colours: Sequence[Item], colour: str) -> int:
    return sum(item.colour == colour for item in colours)


def _exactly(key: int) -> Statement:
    colour, number = _colour_of(key), choose((1, 2, 3), key, "number")
    sentence = f"There is a box with exactly {number_word(number)} {colour} {_noun(number, 'item')}."
    return Statement(sentence, False, lambda seen: any(_number(box, colour) == number for box in seen))


def _only(key: int) -> Statement:
    colour = _colour_of(key)
    return Statement(
        f"There is a box with only {colour} items.",
        False,
        lambda seen: any(_number(box, colour) == len(box) for box in seen),
    )


def _at_least_one(key: int) -> Statement:
    colour, kind = _colour_of(key), choose(_KINDS, key, "spoken kind")
    return Statement(
        f"There is at least one {colour} {kind}.",
        False,
        lambda seen: any((item.colour, item.kind) == (colour, kind) for box in seen for item in box),
    )


def _each(key: int) -> Statement:
    colour = _colour_of(key)
    return Statement(
        f"Each box contains at least one {colour} item.",
        False,
        lambda seen: all(_number(box, colour) for box in seen),
    )


def _at_edge(key: int) -> Statement:
    name = f"{_colour_of(key)} {choose(_KINDS, key, 'spoken kind')}"
    return Statement(
        f"There is {with_article(name)} touching the edge of a box.",
        False,
        lambda seen: any(item.at_edge and f"{item.colour} {item.kind}" == name for box in seen for item in box),
    )


def _height(key: int) -> Statement:
    number = choose((1, 2, 3, 4), key, "number")
    return Statement(
        f"There is a tower with exactly {number_word(number)} {_noun(number, 'block')}.",
        True,
        lambda seen: any(len(tower) == number for tower in seen),
    )


def _end(key: int) -> Statement:
    colour, (place, index) = _colour_of(key), choose((("base", 0), ("top", -1)), key, "end")
    return Statement(
        f"There is a tower with {with_article(colour)} block at the {place}.",
        True,
        lambda seen: any(tower[index].colour == colour for tower in seen),
    )


def _two_bases(key: int) -> Statement:
    colour = _colour_of(key)
    return Statement(
        f"There are exactly two towers with {with_article(colour)} block at the base.",
        True,
        lambda seen: sum(tower[0].colour == colour for tower in seen) == 2,
    )


def _stacked(key: int) -> Statement:
    upper, lower = _colour_of(key), choose(COLOURS, key, "lower colour")
    return Statement(
        f"There is {with_article(upper)} block directly above {with_article(lower)} block.",
        True,
        lambda seen: (upper, lower) in {(high.colour, low.colour) for tower in seen for low, high in pairwise(tower)},
    )


_RULES: tuple[Callable[[int], Statement], ...] = (
    _exactly,
    _only,
    _at_least_one,
    _each,
    _at_edge,
    _height,
    _end,
    _two_bases,
    _stacked,
)
