"""English phrases for the demo world: articles, plurals, numbers, lists and places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from .world import Scene, Shape

__all__ = ["PREPOSITIONS", "counted", "listed", "number_word", "place", "plural", "sentence", "with_article"]

PREPOSITIONS: Mapping[str, str] = MappingProxyType(
    {"left of": "to the left of", "right of": "to the right of", "above": "above", "below": "below"}
)
"""The phrase for each relation between two shapes."""

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COLUMNS, _ROWS = ("left", "", "right"), ("top", "", "bottom")


def with_article(phrase: str) -> str:
    """The phrase with its indefinite article: "a red star", "an orange ring"."""
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def plural(noun: str) -> str:
    """The plural of the last word: "red stars", "black crosses"."""
    return noun + ("es" if noun.endswith("s") else "s")


def number_word(number: int) -> str:
    """A number up to ten as a word."""
    return _NUMBERS[number]


def counted(number: int, phrase: str) -> str:
    """A number of things: "a red star", "three red stars"."""
    return with_article(phrase) if number == 1 else f"{number_word(number)} {plural(phrase)}"


def listed(phrases: Sequence[str]) -> str:
    """The phrases as a list: "a", "a and b", "a, b, and c"."""
    if len(phrases) < 3:
        return " and ".join(phrases)
    return f"{', '.join(phrases[:-1])}, and {phrases[-1]}"


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def place(scene: Scene, shape: Shape) -> str:
    """Where in the image a shape is, by thirds: "in the top left corner", "on the right side", "in the middle"."""
    x, y = shape.centre
    column, row = _COLUMNS[int(3 * x / scene.width)], _ROWS[int(3 * y / scene.height)]
    if row and column:
        return f"in the {row} {column} corner"
    if row:
        return f"at the {row}"
    return f"on the {column} side" if column else "in the middle"
