"""VizWiz image quality issues in its own layout: pictures that something was done to, and votes on what it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .numbered import scenes_of
from .random_draws import choose, draw_number

__all__ = ["write"]

_SPLITS = ("train", "val")
_FIRST = 100
_VOTERS = 5

Change = Callable[[Image.Image], Image.Image]


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `vizwiz_image_quality/`; each flaw in turn, so that a few pictures have them all."""
    base = folder(root, "vizwiz_image_quality")
    for split in _SPLITS:
        records = []
        numbered = scenes_of("vizwiz_quality", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images)
        for place, (number, shown) in enumerate(numbered):
            flaw = list(_CHANGES)[place % len(_CHANGES)]
            name = f"VizWiz_{split}_{number:08d}.jpg"
            save_picture(_CHANGES[flaw](draw(shown)), folder(base, split) / name)
            records.append({"image": name, **_votes(flaw, fold(seed, "votes", number))})
        write_json(base / f"{split}.json", records)


def _votes(flaw: str, key: int) -> dict[str, Any]:
    """Three to five people see the flaw, and the others what there is not."""
    flaws = dict.fromkeys(_CHANGES, 0)
    right = 3 + draw_number(_VOTERS - 2, key, "right")
    flaws[flaw] = right
    flaws[choose([other for other in flaws if other != flaw], key, "wrong")] += _VOTERS - right
    return {"flaws": flaws, "unrecognizable": 0}


def _framed(picture: Image.Image) -> Image.Image:
    return picture.crop((picture.width // 2, 0, picture.width, picture.height // 2))


def _obscured(picture: Image.Image) -> Image.Image:
    ImageDraw.Draw(picture).ellipse((-20, -20, picture.width * 0.7, picture.height), fill=(150, 110, 90))
    return picture


_CHANGES: Mapping[str, Change] = MappingProxyType(
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
