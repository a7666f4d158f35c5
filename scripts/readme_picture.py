"""Draws the picture in README.md: one example of the demo world under three epochs.

python scripts/readme_picture.py
"""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from instraug_datasets import augment, load_dataset
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.evaluation import examples_over_epochs
from instraug_datasets.evaluation.pictures import fixed_boxes, picture_of

__all__ = ["PICTURE", "draw", "main", "three_epochs"]

PICTURE = Path(__file__).parents[1] / "docs" / "epochs.svg"

_WIDTH, _SIDE, _GAP = 660, 180, 16
_LETTERS, _LINE = 46, 23
"""Characters in a line of a prompt, and the height of a line in pixels."""

_INK, _SOFT, _BOX, _CARD = "#1c2430", "#5d6b7e", "#2f6fb2", "#f6f8fa"
_ALT = "One example in three epochs: the picture, its box and the target stay, the prompt changes."


def main(output: Path = PICTURE) -> None:
    """Build the example in a temporary demo world, and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        output.write_text(draw(three_epochs(Path(folder))), encoding="utf-8")


def three_epochs(folder: Path) -> list[dict[str, Any]]:
    """An example that shows a region and options, in epochs 0 to 2."""
    data_dir = write_demo(folder, images=8, sources=["visual_genome"])
    stream = load_dataset("multiinstruct", "GC_selection", data_dir=data_dir, split="train", streaming=True)
    augmented = augment(stream.decode(False), "multiinstruct", seed=7, options_style="bullets")
    [rows] = examples_over_epochs(augmented, epochs=3, num_examples=1, once=["images", "region", "meta"])
    # Pictures are addresses in the folder, which is about to go.
    return [{**rows[0], "picture": picture_of(rows[0]["images"][0])}, *rows[1:]]


def draw(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows of `three_epochs` as SVG."""
    cards = [_lines(row["prompt"]) for row in rows]
    heights = [_LINE * len(lines) + 44 for lines in cards]
    height = max(sum(heights) + _GAP * (len(cards) + 1), _SIDE + 90)
    size = {"width": str(_WIDTH), "height": str(height), "viewBox": f"0 0 {_WIDTH} {height}"}
    fixed = {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": "system-ui, sans-serif"}
    root = Element("svg", {**fixed, **size})
    SubElement(root, "title").text = _ALT
    SubElement(root, "rect", {"width": "100%", "height": "100%", "rx": "10", "fill": "white"})
    _draw_example(root, rows[0])
    top = _GAP
    for epoch, (lines, tall) in enumerate(zip(cards, heights, strict=True)):
        _draw_card(root, top, tall, f"epoch {epoch}", lines)
        top += tall + _GAP
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _draw_example(root: Element, row: Mapping[str, Any]) -> None:
    picture = row["picture"]
    place = {"x": str(_GAP), "y": str(_GAP), "width": str(_SIDE), "height": str(_SIDE)}
    inner = SubElement(root, "svg", {"viewBox": f"0 0 {picture.width} {picture.height}", **place})
    SubElement(inner, "image", href=picture.address, width=str(picture.width), height=str(picture.height))
    for box in fixed_boxes(row):
        corners = {name: str(getattr(box, name)) for name in ("x", "y", "width", "height")}
        SubElement(inner, "rect", {"fill": "none", "stroke": _BOX, "stroke-width": "2", **corners})
    top = _GAP + _SIDE + 28
    _text(root, _GAP, top, "target, always the same", _SOFT, 14)
    for number, line in enumerate(textwrap.wrap(row["target"], 22), start=1):
        _text(root, _GAP, top + _LINE * number, line, _INK, 17)


def _draw_card(root: Element, top: int, height: int, label: str, lines: Sequence[str]) -> None:
    left = _SIDE + 2 * _GAP
    place = {"x": str(left), "y": str(top), "width": str(_WIDTH - left - _GAP), "height": str(height)}
    SubElement(root, "rect", {"rx": "8", "fill": _CARD, "stroke": "#dde3ea", **place})
    _text(root, left + 14, top + 22, label, _BOX, 14, weight="600")
    for number, line in enumerate(lines):
        _text(root, left + 14, top + 45 + _LINE * number, line, _INK, 17)


def _text(root: Element, x: int, y: int, text: str, fill: str, size: int, weight: str = "400") -> None:
    style = {"x": str(x), "y": str(y), "fill": fill, "font-size": str(size), "font-weight": weight}
    SubElement(root, "text", style).text = text


def _lines(prompt: str) -> list[str]:
    return [line for part in prompt.split("\n") if part for line in textwrap.wrap(part, _LETTERS)]


if __name__ == "__main__":
    main()
