"""How options, boxes and earlier turns are written in a prompt.

Data hold lists; their textual form is chosen when a prompt is rendered. Everything here works on one value at a time;
`stream/columns.py` writes the same text for whole columns.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, isfinite, sqrt
from typing import TypeVar

from .errors import ExampleError, SettingError, UnknownNameError

__all__ = [
    "OPTIONS_STYLES",
    "REGION_STYLES",
    "OptionsStyle",
    "RegionStyle",
    "SmartResize",
    "boxes_text",
    "history_text",
    "letter",
    "options_text",
    "parse_boxes",
    "style",
]

Style = TypeVar("Style", "OptionsStyle", "RegionStyle")

BOX_SEPARATOR = "||||"
NO_HISTORY = "(none so far)"


@dataclass(frozen=True, slots=True)
class OptionsStyle:
    """A way to write a list of options: `before + mark(0) + option + between + mark(1) + option + ...`.

    Attributes:
        marks: What stands before each option: nothing, a fixed sign, or with `*` the option's letter or number.
        letters: Whether `*` is a letter (a, b, ... z, aa, ab, ...) rather than a number from 1.
        replies: How a model may name an option in its reply, in the order in which evaluation tries them: by its `key`,
            the letter or number of its mark, or by its `text`.
    """

    before: str
    marks: str
    between: str
    letters: bool = False
    replies: tuple[str, ...] = ("text",)

    def mark(self, position: int) -> str:
        """What stands before the option at `position`, counted from 0."""
        return self.marks.replace("*", letter(position) if self.letters else str(position + 1))

    @property
    def separator(self) -> str | None:
        """What no option may contain, or it would read as two; None where keys in order tell options apart."""
        return None if "*" in self.marks else self.between + self.marks


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartResize:
    """How Qwen's image processors resize a picture: sides become multiples of `factor`, its area stays within limits.

    The defaults are those of the published Qwen2-VL and Qwen2.5-VL checkpoints. Whoever gives a processor other limits
    declares a region style with the same: `replace(REGION_STYLES["qwen2.5_vl"], resize=SmartResize(max_pixels=...))`.

    Attributes:
        min_pixels, max_pixels: The smallest and largest area in square pixels.
    """

    factor: int = 28
    min_pixels: int = 56 * 56
    max_pixels: int = 16384 * 28 * 28

    def size(self, width: float, height: float) -> tuple[int, int]:
        """The width and height to which a picture is resized."""
        factor, area = self.factor, width * height
        sides = [round(side / factor) * factor for side in (width, height)]
        if sides[0] * sides[1] > self.max_pixels:
            shrink = sqrt(area / self.max_pixels)
            sides = [max(factor, floor(side / shrink / factor) * factor) for side in (width, height)]
        elif sides[0] * sides[1] < self.min_pixels:
            grow = sqrt(self.min_pixels / area)
            sides = [ceil(side * grow / factor) * factor for side in (width, height)]
        return sides[0], sides[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStyle:
    """A way to write boxes, as whole numbers.

    Attributes:
        steps: Coordinates are scaled to 0 ... `steps` of the picture's width and height; None leaves them in pixels.
        resize: Pixels are those of the picture as the model's processor resizes it; None for those of the data.
        number, box, boxes: What a number, a box and a list of two boxes or more look like; `*` stands for the content.
        between, separator: What stands between the numbers of a box, and between boxes.
    """

    steps: int | None = None
    resize: SmartResize | None = None
    number: str = "*"
    between: str = " "
    box: str = "*"
    separator: str = BOX_SEPARATOR
    boxes: str = "*"

    @property
    def needs_size(self) -> bool:
        """Whether the size of the picture is needed to write a box."""
        return self.steps is not None or self.resize is not None

    @property
    def is_plain(self) -> bool:
        """Whether boxes are written as the data hold them: pixels, in the same form as in `options` and `target`."""
        return self == RegionStyle()


OPTIONS_STYLES: Mapping[str, OptionsStyle] = {
    "multiinstruct": OptionsStyle(before="[Options]: ", marks="", between="||||"),
    "letters": OptionsStyle(before="", marks="(*) ", between=" ", letters=True, replies=("key", "text")),
    "numbers": OptionsStyle(before="", marks="(*) ", between=" ", replies=("key", "text")),
    "bullets": OptionsStyle(before="", marks="- ", between="\n"),
}
"""`multiinstruct` is the form of arXiv 2212.10773, `letters` that of InstructBLIP (arXiv 2305.06500)."""

_QWEN = RegionStyle(between=", ", box='{"bbox_2d": [*]}', separator=", ", boxes="[*]")

REGION_STYLES: Mapping[str, RegionStyle] = {
    "pixels": RegionStyle(),
    "normalized_1000": RegionStyle(steps=1000),
    "ofa_bins": RegionStyle(steps=999, number="<bin_*>"),
    "qwen2.5_vl": replace(_QWEN, resize=SmartResize()),
    "qwen3_vl": replace(_QWEN, steps=1000),
}
"""`ofa_bins` are OFA's 1000 location tokens (arXiv 2202.03052). Qwen2.5-VL reads and writes JSON with pixels of the
resized picture (arXiv 2502.13923), Qwen3-VL the same with 0 ... 1000 of each side; Qwen2-VL takes `normalized_1000`."""


def style(kind: str, chosen: str | Style, styles: Mapping[str, Style]) -> Style:
    """The style of a name; a style that somebody declared is itself.

    Raises:
        UnknownNameError: The name is unknown.
        SettingError: `chosen` is neither a name nor a style.
    """
    if isinstance(chosen, type(next(iter(styles.values())))):
        return chosen
    if not isinstance(chosen, str):
        raise SettingError(f"The {kind} must be a name or a declared style, but got {chosen!r}.")
    if chosen not in styles:
        raise UnknownNameError(kind, chosen, styles)
    return styles[chosen]


def letter(position: int) -> str:
    """The letter of a position counted from 0: a, b, ... z, aa, ab, ..."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def options_text(options: Sequence[str], style: OptionsStyle) -> str:
    """The options in the order given.

    Raises:
        ExampleError: An option contains what separates options in this style.
    """
    separator = style.separator
    separated = next((option for option in options if separator in option), None) if separator else None
    if separated is not None:
        raise ExampleError(
            f"The option {separated!r} contains {separator!r}, which separates options in this style: it would "
            "read as two. Choose another options_style, or change the option."
        )
    marked = [style.mark(i) + option for i, option in enumerate(options)] if style.marks else options
    return style.before + style.between.join(marked)


def boxes_text(boxes: Sequence[Sequence[float]], style: RegionStyle, size: Sequence[float] | None = None) -> str:
    """One or more boxes as text, rounded to whole numbers.

    Args:
        boxes: Corners `[x1, y1, x2, y2]` in pixels of the picture as it is decoded.
        size: The picture's `[width, height]` as it is decoded; needed unless the style writes the data's own pixels.

    Raises:
        ExampleError: A box is not four finite numbers or has no area, or `size` is needed and is not two positive ones.
    """
    text = style.separator.join(_box_text(box, style, size) for box in boxes)
    return text if len(boxes) == 1 else style.boxes.replace("*", text)


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
    corners = _scaled(_corners(box), style, size) if style.needs_size else _corners(box)
    numbers = [str(round(corner)) for corner in corners]
    if style.number != "*":
        numbers = [style.number.replace("*", number) for number in numbers]
    return style.box.replace("*", style.between.join(numbers))


def _scaled(corners: list[float], style: RegionStyle, size: Sequence[float] | None) -> list[float]:
    """Corners in the style's own unit, inside the picture."""
    sides = _sides(size)
    if style.steps is not None:
        return [min(max(v / side, 0.0), 1.0) * style.steps for v, side in zip(corners, sides * 2, strict=True)]
    resized = (style.resize or SmartResize()).size(*sides)
    scales = [new / side for new, side in zip(resized, sides, strict=True)]
    # The largest coordinate is that of the last pixel, as in Qwen's own training data.
    rows = zip(corners, scales * 2, resized * 2, strict=True)
    return [max(0, min(round(v * scale), side - 1)) for v, scale, side in rows]


def _corners(box: Sequence[float]) -> list[float]:
    try:
        # Data hold boxes in single precision; a box that has not been stored yet must round the same way.
        corners = list(array("f", box))
    except (TypeError, OverflowError):
        corners = []
    if len(corners) != 4 or not all(map(isfinite, corners)):
        raise ExampleError(f"A box must have four finite numbers [x1, y1, x2, y2], but got {box!r}.")
    if corners[2] <= corners[0] or corners[3] <= corners[1]:
        raise ExampleError(
            f"A box must have the corners [x1, y1, x2, y2] with x2 > x1 and y2 > y1, but got {box!r}. "
            "If this is x, y, width, height, write [x, y, x + width, y + height]."
        )
    return corners


def _sides(size: Sequence[float] | None) -> list[float]:
    if size is None:
        raise ExampleError(
            "A region style other than 'pixels' needs the picture's size: put image_size = [width, height] into meta, "
            "as datasets.Image decodes the picture."
        )
    sides = list(size) if isinstance(size, Sequence) else []
    if len(sides) != 2 or not all(isinstance(side, (int, float)) and side > 0 for side in sides):
        raise ExampleError(f"image_size must be [width, height] in pixels, both above 0, but got {size!r}.")
    return sides
