"""How options, boxes and earlier turns are written in a prompt.

Data hold lists; their textual form is chosen when a prompt is rendered. Everything here works on one value at a time;
`stream/columns.py` writes the same text for whole columns.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from .errors import ExampleError, UnknownNameError

__all__ = [
    "OPTIONS_STYLES",
    "REGION_STYLES",
    "OptionsStyle",
    "RegionStyle",
    "boxes_text",
    "history_text",
    "options_text",
    "parse_boxes",
    "style",
]

BOX_SEPARATOR = "||||"
NO_HISTORY = "(none so far)"


@dataclass(frozen=True, slots=True)
class OptionsStyle:
    """A way to write a list of options: `before + mark(0) + option + between + mark(1) + option + ...`.

    Attributes:
        marks: What stands before each option: nothing, a fixed sign, or with `*` the option's letter or number.
        letters: Whether `*` is a letter (a, b, ... z, aa, ab, ...) rather than a number from 1.
    """

    before: str
    marks: str
    between: str
    letters: bool = False

    def mark(self, position: int) -> str:
        """What stands before the option at `position`, counted from 0."""
        return self.marks.replace("*", _letters(position) if self.letters else str(position + 1))


@dataclass(frozen=True, slots=True)
class RegionStyle:
    """A way to write a box: four whole numbers, in pixels or as shares of the picture's width and height.

    Attributes:
        steps: Coordinates are scaled to 0 ... `steps`; None leaves them in pixels.
        before, after: What stands round each number.
    """

    steps: int | None
    before: str = ""
    after: str = ""


OPTIONS_STYLES: Mapping[str, OptionsStyle] = {
    "multiinstruct": OptionsStyle(before="[Options]: ", marks="", between="||||"),
    "letters": OptionsStyle(before="", marks="(*) ", between=" ", letters=True),
    "numbers": OptionsStyle(before="", marks="(*) ", between=" "),
    "bullets": OptionsStyle(before="", marks="- ", between="\n"),
}
"""`multiinstruct` is the form of arXiv 2212.10773, `letters` that of InstructBLIP (arXiv 2305.06500)."""

REGION_STYLES: Mapping[str, RegionStyle] = {
    "pixels": RegionStyle(steps=None),
    "normalized_1000": RegionStyle(steps=1000),
    "ofa_bins": RegionStyle(steps=999, before="<bin_", after=">"),
}
"""`ofa_bins` are OFA's 1000 location tokens (arXiv 2202.03052)."""


def style(kind: str, name: str, styles: Mapping[str, OptionsStyle] | Mapping[str, RegionStyle]) -> str:
    """`name`, if it is one of `styles`.

    Raises:
        UnknownNameError: It is not.
    """
    if name not in styles:
        raise UnknownNameError(kind, name, styles)
    return name


def options_text(options: Sequence[str], style: OptionsStyle) -> str:
    """The options in the order given."""
    return style.before + style.between.join(style.mark(i) + option for i, option in enumerate(options))


def boxes_text(boxes: Sequence[Sequence[float]], style: RegionStyle, size: Sequence[float] | None = None) -> str:
    """One or more boxes as text, rounded to whole numbers.

    Args:
        boxes: Corners `[x1, y1, x2, y2]` in pixels.
        size: The picture's `[width, height]` in pixels; needed unless the style writes pixels.

    Raises:
        ExampleError: A box is not four finite numbers, or `size` is needed and is not two positive ones.
    """
    return BOX_SEPARATOR.join(_box_text(box, style, size) for box in boxes)


def parse_boxes(text: str) -> list[list[float]]:
    """The boxes that `boxes_text` wrote in pixels.

    Raises:
        ExampleError: The text is anything else.
    """
    try:
        boxes = [[float(number) for number in box.split(" ")] for box in text.split(BOX_SEPARATOR)]
    except ValueError:
        boxes = [[]]
    if any(len(box) != 4 for box in boxes):
        raise ExampleError(f"Expected boxes written as 'x1 y1 x2 y2', joined with {BOX_SEPARATOR!r}, but got {text!r}.")
    return boxes


def history_text(history: Sequence[Mapping[str, str]]) -> str:
    """Earlier turns of a dialogue, one question or answer a line.

    Raises:
        ExampleError: A turn is not a question and an answer, both text.
    """
    return "\n".join(map(_turn_text, history)) or NO_HISTORY


def _turn_text(turn: Mapping[str, str]) -> str:
    said = [turn.get("question"), turn.get("answer")] if isinstance(turn, Mapping) else []
    if not said or not all(isinstance(text, str) for text in said):
        raise ExampleError(f"A turn of the history must be {{'question': text, 'answer': text}}, but got {turn!r}.")
    return f"Q: {said[0]}\nA: {said[1]}"


def _box_text(box: Sequence[float], style: RegionStyle, size: Sequence[float] | None) -> str:
    corners = _corners(box)
    if style.steps is not None:
        sides = _sides(size)
        corners = [min(max(v / side, 0.0), 1.0) * style.steps for v, side in zip(corners, sides * 2, strict=True)]
    return " ".join(f"{style.before}{round(value)}{style.after}" for value in corners)


def _corners(box: Sequence[float]) -> list[float]:
    try:
        # Data hold boxes in single precision; a box that has not been stored yet must round the same way.
        corners = list(array("f", box))
    except (TypeError, OverflowError):
        corners = []
    if len(corners) != 4 or not all(map(isfinite, corners)):
        raise ExampleError(f"A box must have four finite numbers [x1, y1, x2, y2], but got {box!r}.")
    return corners


def _sides(size: Sequence[float] | None) -> list[float]:
    if size is None:
        raise ExampleError(
            "A region style other than 'pixels' needs the picture's size: put image_size = [width, height] into meta."
        )
    sides = list(size) if isinstance(size, Sequence) else []
    if len(sides) != 2 or not all(isinstance(side, (int, float)) and side > 0 for side in sides):
        raise ExampleError(f"image_size must be [width, height] in pixels, both above 0, but got {size!r}.")
    return sides


def _letters(position: int) -> str:
    letters = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters
