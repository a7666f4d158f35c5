"""Drawing scenes with Pillow: the same scene gives the same bytes."""

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
    """The scene as an RGB picture with smooth edges."""
    size = scene.width * _OVERSAMPLING, scene.height * _OVERSAMPLING
    picture = Image.new("RGB", size, BACKGROUNDS[scene.background])
    pen = ImageDraw.Draw(picture)
    for shape in scene.shapes:
        pen.polygon(corners(shape.kind, shape.box, factor=_OVERSAMPLING), fill=COLOURS[shape.colour])
    return picture.reduce(_OVERSAMPLING)


def mask(scene: Scene, shapes: Iterable[Shape]) -> Image.Image:
    """The pixels of some shapes: 1 where one of them is, 0 elsewhere."""
    picture = Image.new("L", (scene.width, scene.height), 0)
    pen = ImageDraw.Draw(picture)
    for shape in shapes:
        pen.polygon(corners(shape.kind, shape.box), fill=1)
    return picture


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture in the format of the path's ending."""
    buffer = BytesIO()
    picture.save(buffer, {".jpg": "JPEG", ".png": "PNG"}[path.suffix])
    path.write_bytes(buffer.getvalue())


def corners(kind: str, box: XYWH, *, factor: int = 1) -> list[Point]:
    """The corners to draw so that a shape fills its box and no pixel more, in a picture `factor` times as large.

    Pillow counts the last pixel of a polygon in; a box does not.
    """
    x, y, width, height = (factor * number for number in box)
    return [(x + u * (width - 1), y + v * (height - 1)) for u, v in KINDS[kind].outline]
