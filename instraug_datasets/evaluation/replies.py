"""What a model's reply says: the option that it names, and the boxes in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..styles import OptionsStyle, RegionStyle

__all__ = ["Box", "boxes_in", "mentioned_options", "normalized", "overlap", "read_option"]

Box = tuple[float, float, float, float]

_EDGES = " \t\r\n\"'`*.,:;!?\u201c\u201d\u2018\u2019"
_ANSWER = r"(?:(?:the )?(?:(?:correct|right|best) )?(?:answer|option|choice)(?: is)?:? )?"
_NUMBER = r"(-?\d{1,9}(?:\.\d+)?)"
"""A coordinate; of longer numbers, areas may be infinite."""


def normalized(text: str) -> str:
    """The text in lower case, with single spaces, and without quotes and punctuation at its ends.

    Example:
        >>> normalized(' "Not  sure." ')
        'not sure'
    """
    return " ".join(text.casefold().split()).strip(_EDGES)


def read_option(reply: str, options: Sequence[str], style: OptionsStyle) -> str | None:
    """The option that a reply names, by key or text as the options style says; None if it names none, or several.

    A text is an option if it is one, begins with one, or mentions exactly one, always in whole words: "not sure" is not
    the option "no".

    Args:
        options: The options as the prompt shows them, in its order.

    Example:
        >>> read_option("The answer is (b).", ["cat", "dog"], OPTIONS_STYLES["letters"])
        'dog'
    """
    text = normalized(reply)
    for way in style.replies:
        place = _place_by_key(text, options, style) if way == "key" else _place_by_text(text, options)
        if place is not None:
            return options[place]
    return None


def mentioned_options(reply: str, options: Sequence[str]) -> list[int]:
    """The places of the options that a reply mentions in whole words; a part of a longer one is not a mention."""
    text, found = normalized(reply), []
    for place in _longest_first(options):
        pattern = _whole_words(normalized(options[place]))
        if re.search(pattern, text):
            found.append(place)
            text = re.sub(pattern, "\0", text)
    return sorted(found)


def boxes_in(text: str, style: RegionStyle) -> list[Box]:
    """The boxes of a text in a region style; numbers beyond the last whole box are ignored.

    Example:
        >>> boxes_in("at 10 20 30 40.", REGION_STYLES["pixels"])
        [(10.0, 20.0, 30.0, 40.0)]
    """
    number = re.escape(style.number).replace(r"\*", _NUMBER)
    found = [float(each) for each in re.findall(rf"(?<![\w.]){number}(?!\w)", text)]
    return list(_fours(found))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / (areas - width * height)


def _place_by_key(text: str, options: Sequence[str], style: OptionsStyle) -> int | None:
    """The place of the option whose key stands alone, or in front of anything else if it is marked as a key."""
    keys = {style.mark(place).strip(" ().:"): place for place in range(len(options))}
    each = "|".join(map(re.escape, keys))
    alone = re.fullmatch(rf"{_ANSWER}\(?({each})[).:]*", text)
    marked = re.match(rf"{_ANSWER}(?:\(({each})\)|({each})[).:](?!\d))", text)
    match = alone or marked
    return None if match is None else keys[next(filter(None, match.groups()))]


def _place_by_text(text: str, options: Sequence[str]) -> int | None:
    named = [normalized(option) for option in options]
    if text in named:
        return named.index(text)
    for place in _longest_first(options):
        if re.match(_whole_words(named[place]), text):
            return place
    mentioned = mentioned_options(text, options)
    return mentioned[0] if len(mentioned) == 1 else None


def _longest_first(options: Sequence[str]) -> list[int]:
    shown = [place for place, option in enumerate(options) if normalized(option)]
    return sorted(shown, key=lambda place: -len(normalized(options[place])))


def _whole_words(text: str) -> str:
    return rf"(?<!\w){re.escape(text)}(?!\w)"


def _fours(numbers: Sequence[float]) -> Iterator[Box]:
    for start in range(0, len(numbers) - 3, 4):
        x1, y1, x2, y2 = numbers[start : start + 4]
        yield min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
