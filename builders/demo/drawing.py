"""Draws scenes with Pillow; the same scene gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from .shapes import BACKGROUNDS, COLOURS, KINDS, Point
from .world import XYWH, Scene, Shape

__all__ = ["corners", "draw", "mask", "save_picture"]

_OVERSAMPLING = 3


def draw(scene: Scene) -> Image.Image:
    """The scene as an antialiased RGB image."""
    size = scene.width * _OVERSAMPLING, scene.height * _OVERSAMPLING
    picture = Image.new("RGB", size, BACKGROUNDS[scene.background])
    pen = ImageDraw.Draw(picture)
    for shape in scene.shapes:
        pen.polygon(corners(shape.kind, shape.box, factor=_OVERSAMPLING), fill=COLOURS[shape.colour])
    return picture.reduce(_OVERSAMPLING)


def mask(scene: Scene, shapes: Iterable[Shape]) -> Image.Image:
    """A binary mask of some shapes: 1 inside a shape, 0 outside."""
    picture = Image.new("L", (scene.width, scene.height), 0)
    pen = ImageDraw.Draw(picture)
    for shape in shapes:
        pen.polygon(corners(shape.kind, shape.box), fill=1)
    return picture


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write an image in the format of the file name extension."""
    buffer = BytesIO()
    picture.save(buffer, {".jpg": "JPEG", ".png": "PNG"}[path.suffix])
    path.write_bytes(buffer.getvalue())


def corners(kind: str, box: XYWH, *, factor: int = 1) -> list[Point]:
    """The polygon that fills the box of a shape exactly, in an image scaled by `factor`.

    Pillow includes the last pixel of a polygon; a box excludes it.
    """
    x, y, width, height = (factor * number for number in box)
    return [(x + u * (width - 1), y + v * (height - 1)) for u, v in KINDS[kind].outline]
