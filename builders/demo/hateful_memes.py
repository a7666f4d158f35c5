"""Writes Hateful Memes in its original layout: harmless words printed on images of shapes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .drawing import draw, save_picture
from .files import folder, write_lines
from .random_draws import choose, draw_integer
from .scenes import split_scenes
from .words import with_article
from .world import Scene

__all__ = ["write"]

_SPLITS = ("dev_unseen", "test_unseen")
_FIRST = 10_000
_CAPTIONS = (
    "when {} meets {}",
    "nobody: {}\nme: {}",
    "{} in the morning\n{} in the evening",
    "you said {}\nbut this is {}",
)


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `hateful_memes/`; the labels are arbitrary."""
    base = folder(root, "hateful_memes")
    pictures = folder(base, "img")
    for split in _SPLITS:
        lines = []
        for number, scene in split_scenes(
            "hateful_memes", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images
        ):
            text = _text(number, scene)
            save_picture(_printed(draw(scene), text), pictures / f"{number:05d}.png")
            label = draw_integer(2, "meme label", number)
            lines.append({"id": number, "img": f"img/{number:05d}.png", "label": label, "text": " ".join(text.split())})
        write_lines(base / f"{split}.jsonl", lines)


def _text(number: int, scene: Scene) -> str:
    one, other = (with_article(shape.name) for shape in scene.shapes[:2])
    return choose(_CAPTIONS, "meme", number).format(one, other)


def _printed(picture: Image.Image, text: str) -> Image.Image:
    pen = ImageDraw.Draw(picture)
    place = (4, picture.height - 12 * len(text.splitlines()) - 4)
    font = ImageFont.load_default(10)
    pen.multiline_text(place, text, fill="black", stroke_fill="white", stroke_width=1, font=font, spacing=2)
    return picture
