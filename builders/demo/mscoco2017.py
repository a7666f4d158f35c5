"""Writes the images of MSCOCO 2017, which several sources share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .drawing import draw, save_picture
from .files import folder
from .scenes import split_scenes
from .world import Scene

__all__ = ["SPLITS", "file_name", "numbered_scenes", "write"]

SPLITS = ("train", "val")
_FIRST = 100_000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `MSCOCO2017/`, if it does not exist yet."""
    if (root / "MSCOCO2017").exists():
        return
    for split in SPLITS:
        target = folder(root, "MSCOCO2017", f"{split}2017")
        for number, scene in numbered_scenes(split, seed=seed, images=images):
            save_picture(draw(scene), target / file_name(number))


def numbered_scenes(split: str, *, seed: int, images: int) -> Iterator[tuple[int, Scene]]:
    """The image ids and scenes of a split; half as many as `images`."""
    few = max(1, images // 2)
    return split_scenes("mscoco2017", split, splits=SPLITS, first=_FIRST, seed=seed, images=few)


def file_name(number: int) -> str:
    """The file name of an image, as in `000000100009.jpg`."""
    return f"{number:012d}.jpg"
