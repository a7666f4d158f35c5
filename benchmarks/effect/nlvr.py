"""Real pictures: the gray boxes of NLVR's pictures, as far as a place of theirs holds a single object."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from instraug_datasets.builders.demo.shared_pictures import PLACES, SIDE, Picture
from instraug_datasets.hashing import fold

__all__ = ["nlvr_pictures"]

# NLVR's pictures are 400 x 100: three boxes of 100 pixels, 50 apart. Its own colors, as the demo world calls them.
_BOX, _STEP = 100, 150
_COLOURS = {"Yellow": "yellow", "Black": "black", "#0099ff": "blue"}


def nlvr_pictures(data_dir: Path) -> tuple[list[Picture], list[Picture]]:
    """The boxes of NLVR's dev split for training and for testing; no picture has boxes in both.

    Returns:
        Two empty lists if the data dir does not have NLVR.
    """
    folder = data_dir / "nlvr" / "nlvr" / "nlvr" / "dev"
    parts: tuple[list[Picture], list[Picture]] = [], []
    if (folder / "dev.json").is_file():
        for picture in _boxes(folder):
            group = picture.name.split("/")[1]
            parts[fold("nlvr part", group) % 2].append(picture)
    return parts


def _boxes(folder: Path) -> Iterator[Picture]:
    seen: set[tuple[str, str]] = set()
    for line in (folder / "dev.json").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        group = record["identifier"].split("-")[0]
        for number, objects in enumerate(record["structured_rep"]):
            same = group, json.dumps(objects, sort_keys=True)
            shapes = _shapes(objects)
            if same not in seen and shapes:
                seen.add(same)
                path = folder / "images" / record["directory"] / f"dev-{record['identifier']}-0.png"
                yield Picture(f"nlvr/{group}/{record['identifier']}/{number}", "nlvr", _crop(path, number), shapes)


def _crop(path: Path, number: int) -> Any:
    with Image.open(path) as picture:
        box = picture.convert("RGB").crop((_STEP * number, 0, _STEP * number + _BOX, _BOX))
    return np.asarray(box.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def _shapes(objects: list[dict[str, Any]]) -> Mapping[str, tuple[str, str]]:
    by_cell = defaultdict(list)
    for each in objects:
        x, y = each["x_loc"] + each["size"] / 2, each["y_loc"] + each["size"] / 2
        by_cell[min(2, int(3 * y // _BOX)), min(2, int(3 * x // _BOX))].append(each)
    single = {place: by_cell[cell][0] for place, cell in PLACES.items() if len(by_cell[cell]) == 1}
    return {place: (each["type"], _COLOURS[each["color"]]) for place, each in single.items()}
