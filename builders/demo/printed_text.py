"""Prints text on images, for the sources with scene text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

__all__ = ["ocr_record", "print_lines"]

_SIZE = 12


def print_lines(picture: Image.Image, lines: Sequence[str]) -> Image.Image:
    """The image below a strip with the lines of text, as on a sign or a book cover."""
    strip = (_SIZE + 2) * len(lines) + 4
    signed = Image.new("RGB", (picture.width, picture.height + strip), "white")
    signed.paste(picture, (0, strip))
    pen, font = ImageDraw.Draw(signed), ImageFont.load_default(_SIZE)
    for number, line in enumerate(lines):
        pen.text((4, 2 + (_SIZE + 2) * number), line, fill="black", font=font)
    return signed


def ocr_record(image_id: str, words: Sequence[str]) -> dict[str, Any]:
    """The output of an OCR system for an image, in the layout of the TextVQA files."""
    return {"image_id": image_id, "ocr_tokens": list(words), "ocr_info": [_info(*item) for item in enumerate(words)]}


def _info(number: int, word: str) -> dict[str, Any]:
    box = {"top_left_x": 0.02, "top_left_y": round(0.02 + 0.1 * number, 3), "width": 0.3, "height": 0.09}
    return {"word": word, "bounding_box": {**box, "rotation": 0, "roll": 0, "pitch": 0, "yaw": 0}}
