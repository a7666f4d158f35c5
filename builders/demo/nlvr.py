"""Writes NLVR (synthetic) in its original layout: four images per sentence, in all six orders of their boxes."""

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
from .statements import BOX_SIZE, Boxes, Item, make_boxes, make_statement

__all__ = ["write"]

_SPLITS = ("dev", "test")
_LABELS = ("true", "true", "false", "false")  # of the four images of a sentence, as in the real files
_COLOURS = {"yellow": "Yellow", "black": "Black", "blue": "#0099ff"}
_FLOOR, _GAP, _GAP_WIDTH = (211, 211, 211, 255), (128, 128, 128, 255), 50
_OVERSAMPLING = 2


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `nlvr/` with `images // 2` statements per split."""
    for split in _SPLITS:
        target = folder(root, "nlvr", "nlvr", "nlvr", split)
        records = list(_records(seed, split, max(1, images // 2)))
        for record, boxes in records:
            _write_pictures(folder(target, "images", record["directory"]), split, record["identifier"], boxes)
        write_lines(target / f"{split}.json", (record for record, _ in shuffle(records, seed, split)), compact=True)


def _records(seed: int, split: str, statements: int) -> Iterator[tuple[dict[str, Any], Boxes]]:
    for i in range(statements):
        group, variant = divmod(i, len(_LABELS))
        number = group * len(_SPLITS) + _SPLITS.index(split)
        yield _record(fold(seed, "nlvr", number), number, variant)


def _record(key: int, number: int, variant: int) -> tuple[dict[str, Any], Boxes]:
    statement, label = make_statement(key), _LABELS[variant]
    candidates = (make_boxes(fold(key, variant, i), towers=statement.towers) for i in count())
    boxes = next(each for each in candidates if statement.holds(each) == (label == "true"))
    record = {
        "sentence": statement.sentence,
        "label": label,
        "identifier": f"{number}-{variant}",
        "directory": str(number % 6),
        "evals": _evals(label, fold(key, variant)),
        "structured_rep": [[_structured(item) for item in box] for box in boxes],
    }
    return record, boxes


def _evals(label: str, key: int) -> dict[str, str]:
    """The judgements of five of ten raters, of whom one is sometimes wrong."""
    raters = sample([f"r{i}" for i in range(10)], 5, key, "raters")
    other = "false" if label == "true" else "true"
    slip = happens(0.2, key, "slip")
    return {rater: other if slip and i == 0 else label for i, rater in enumerate(raters)}


def _structured(item: Item) -> dict[str, Any]:
    return {"y_loc": item.y, "type": item.kind, "color": _COLOURS[item.colour], "x_loc": item.x, "size": item.size}


def _write_pictures(target: Path, split: str, identifier: str, boxes: Boxes) -> None:
    drawn = [_draw(box) for box in boxes]
    for k, order in enumerate(permutations(drawn)):
        picture = Image.new("RGBA", (3 * BOX_SIZE + 2 * _GAP_WIDTH, BOX_SIZE), _GAP)
        for i, box in enumerate(order):
            picture.paste(box, (i * (BOX_SIZE + _GAP_WIDTH), 0))
        save_picture(picture, target / f"{split}-{identifier}-{k}.png")


def _draw(box: tuple[Item, ...]) -> Image.Image:
    picture = Image.new("RGBA", (BOX_SIZE * _OVERSAMPLING,) * 2, _FLOOR)
    pen = ImageDraw.Draw(picture)
    for item in box:
        box_of_item = item.x, item.y, item.size, item.size
        pen.polygon(corners(item.kind, box_of_item, factor=_OVERSAMPLING), fill=_COLOURS[item.colour])
    return picture.reduce(_OVERSAMPLING)
