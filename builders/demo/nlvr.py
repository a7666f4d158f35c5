"""NLVR (the synthetic one) in its own layout: each sentence with four pictures, in all six orders of their boxes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, permutations
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from instraug_datasets.hashing import fold

from .drawing import corners, save_picture
from .files import folder, write_lines
from .random_draws import happens, sample, shuffle
from .statements import BOX_SIZE, Boxes, Item, boxes, statement

__all__ = ["write"]

_SPLITS = ("dev", "test")
_LABELS = ("true", "true", "false", "false")  # of the four pictures of a sentence, as in the real files
_COLOURS = {"yellow": "Yellow", "black": "Black", "blue": "#0099ff"}
_FLOOR, _GAP, _GAP_WIDTH = (211, 211, 211, 255), (128, 128, 128, 255), 50
_OVERSAMPLING = 2


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `nlvr/` with half as many statements a split as there are `images`."""
    for split in _SPLITS:
        target = folder(root, "nlvr", "nlvr", "nlvr", split)
        told = list(_told(seed, split, max(1, images // 2)))
        for record, shown in told:
            _write_pictures(folder(target, "images", record["directory"]), split, record["identifier"], shown)
        write_lines(target / f"{split}.json", (record for record, _ in shuffle(told, seed, split)), compact=True)


def _told(seed: int, split: str, statements: int) -> Iterator[tuple[dict[str, Any], Boxes]]:
    for i in range(statements):
        group, variant = divmod(i, len(_LABELS))
        number = group * len(_SPLITS) + _SPLITS.index(split)
        yield _record(fold(seed, "nlvr", number), number, variant)


def _record(key: int, number: int, variant: int) -> tuple[dict[str, Any], Boxes]:
    told, label = statement(key), _LABELS[variant]
    worlds = (boxes(fold(key, variant, i), towers=told.towers) for i in count())
    shown = next(world for world in worlds if told.holds(world) == (label == "true"))
    record = {
        "sentence": told.sentence,
        "label": label,
        "identifier": f"{number}-{variant}",
        "directory": str(number % 6),
        "evals": _evals(label, fold(key, variant)),
        "structured_rep": [[_structured(item) for item in box] for box in shown],
    }
    return record, shown


def _evals(label: str, key: int) -> dict[str, str]:
    """Five of ten raters and what each said; now and then one of them errs."""
    raters = sample([f"r{i}" for i in range(10)], 5, key, "raters")
    other = "false" if label == "true" else "true"
    slip = happens(0.2, key, "slip")
    return {rater: other if slip and i == 0 else label for i, rater in enumerate(raters)}


def _structured(item: Item) -> dict[str, Any]:
    return {"y_loc": item.y, "type": item.kind, "color": _COLOURS[item.colour], "x_loc": item.x, "size": item.size}


def _write_pictures(target: Path, split: str, identifier: str, shown: Boxes) -> None:
    drawn = [_draw(box) for box in shown]
    for k, order in enumerate(permutations(drawn)):
        picture = Image.new("RGBA", (3 * BOX_SIZE + 2 * _GAP_WIDTH, BOX_SIZE), _GAP)
        for i, box in enumerate(order):
            picture.paste(box, (i * (BOX_SIZE + _GAP_WIDTH), 0))
        save_picture(picture, target / f"{split}-{identifier}-{k}.png")


def _draw(box: tuple[Item, ...]) -> Image.Image:
    picture = Image.new("RGBA", (BOX_SIZE * _OVERSAMPLING,) * 2, _FLOOR)
    pen = ImageDraw.Draw(picture)
    for item in box:
        place = item.x, item.y, item.size, item.size
        pen.polygon(corners(item.kind, place, factor=_OVERSAMPLING), fill=_COLOURS[item.colour])
    return picture.reduce(_OVERSAMPLING)
