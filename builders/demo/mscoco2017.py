"""The pictures of MSCOCO 2017, which sources share that name them by their ids alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .drawing import draw, save_picture
from .files import folder
from .numbered import scenes_of
from .world import Scene

__all__ = ["SPLITS", "file_name", "numbered_scenes", "write"]

SPLITS = ("train", "val")
_FIRST = 100_000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `MSCOCO2017/`, unless it is there."""
    if (root / "MSCOCO2017").exists():
        return
    for split in SPLITS:
        target = folder(root, "MSCOCO2017", f"{split}2017")
        for number, shown in numbered_scenes(split, seed=seed, images=images):
            save_picture(draw(shown), target / file_name(number))


def numbered_scenes(split: str, *, seed: int, images: int) -> Iterator[tuple[int, Scene]]:
    """The picture ids of a split and what each picture shows; half as many as `images`."""
    few = max(1, images // 2)
    return scenes_of("mscoco2017", split, splits=SPLITS, first=_FIRST, seed=seed, images=few)


def file_name(number: int) -> str:
    """The name of a picture, as in `000000100009.jpg`."""
    return f"{number:012d}.jpg"
