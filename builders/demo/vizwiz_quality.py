"""Writes VizWiz image quality issues in its original layout: distorted images, and votes on their flaws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .random_draws import choose, draw_integer
from .scenes import split_scenes

__all__ = ["write"]

_SPLITS = ("train", "val")
_FIRST = 100
_VOTERS = 5

Distortion = Callable[[Image.Image], Image.Image]


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `vizwiz_image_quality/`; flaws alternate, so that few images cover all of them."""
    base = folder(root, "vizwiz_image_quality")
    for split in _SPLITS:
        records = []
        numbered = split_scenes("vizwiz_quality", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images)
        for place, (number, scene) in enumerate(numbered):
            flaw = list(_DISTORTIONS)[place % len(_DISTORTIONS)]
            name = f"VizWiz_{split}_{number:08d}.jpg"
            save_picture(_DISTORTIONS[flaw](draw(scene)), folder(base, split) / name)
            records.append({"image": name, **_votes(flaw, fold(seed, "votes", number))})
        write_json(base / f"{split}.json", records)


def _votes(flaw: str, key: int) -> dict[str, Any]:
    """Three to five votes for the flaw; the other voters are wrong."""
    flaws = dict.fromkeys(_DISTORTIONS, 0)
    right = 3 + draw_integer(_VOTERS - 2, key, "right")
    flaws[flaw] = right
    flaws[choose([other for other in flaws if other != flaw], key, "wrong")] += _VOTERS - right
    return {"flaws": flaws, "unrecognizable": 0}


def _framed(picture: Image.Image) -> Image.Image:
    return picture.crop((picture.width // 2, 0, picture.width, picture.height // 2))


def _obscured(picture: Image.Image) -> Image.Image:
    ImageDraw.Draw(picture).ellipse((-20, -20, picture.width * 0.7, picture.height), fill=(150, 110, 90))
    return picture


_DISTORTIONS: Mapping[str, Distortion] = MappingProxyType(
    {
        "BLR": lambda picture: picture.filter(ImageFilter.GaussianBlur(4)),
        "BRT": lambda picture: ImageEnhance.Brightness(picture).enhance(2.5),
        "DRK": lambda picture: ImageEnhance.Brightness(picture).enhance(0.15),
        "FRM": _framed,
        "NON": lambda picture: picture,
        "OBS": _obscured,
        "OTH": ImageOps.solarize,
        "ROT": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    }
)
