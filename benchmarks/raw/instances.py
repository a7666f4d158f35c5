"""MSCOCO 2014 instances: images with ids, sizes and URLs, and objects with polygons, not sorted by image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .files import link_pictures, write_array, write_pictures, write_value
from .random_draws import Floats, Ints, integers, permutation, uniform

__all__ = ["write_instances"]

_WIDTH, _HEIGHT = 640, 480
_CATEGORIES = 80
_CROWD_EVERY = 100
_FEWEST_POINTS, _MOST_POINTS = 8, 67
_CHUNK = 20_000


def write_instances(root: Path, *, pictures: int, objects: int, photos: bool = False) -> Path:
    """Write `instances_train2014.json` and its images into a data dir, and return the path of the file.

    Args:
        photos: Whether images have the size of the real ones.
    """
    ids = 9 + 7 * permutation("pictures of COCO", pictures)
    folder, names = root / "MSCOCO2014/train2014", map(_file_name, ids.tolist())
    if photos:
        write_pictures(folder, names, width=_WIDTH, height=_HEIGHT)
    else:
        link_pictures(folder, names)
    path = root / "MSCOCO2014/annotations/instances_train2014.json"
    path.parent.mkdir(parents=True)
    with path.open("wb") as stream:
        stream.write(b'{"info": ')
        write_value(stream, {"description": "COCO 2014 Dataset", "version": "1.0", "year": 2014})
        stream.write(b', "images": ')
        write_array(stream, map(_image, ids.tolist()))
        stream.write(b', "licenses": [], "annotations": ')
        write_array(stream, _annotations(ids, objects))
        stream.write(b', "categories": ')
        write_array(stream, ({"supercategory": "thing", "id": i, "name": f"thing {i}"} for i in range(_CATEGORIES)))
        stream.write(b"}")
    return path


def _file_name(image_id: int) -> str:
    return f"COCO_train2014_{image_id:012d}.jpg"


def _image(image_id: int) -> dict[str, Any]:
    name = _file_name(image_id)
    return {
        "license": 1 + image_id % 8,
        "file_name": name,
        "coco_url": f"http://images.example.invalid/train2014/{name}",
        "height": _HEIGHT,
        "width": _WIDTH,
        "date_captured": "2013-11-14 16:28:13",
        "flickr_url": f"http://farm.example.invalid/7/{image_id}_z.jpg",
        "id": image_id,
    }


def _annotations(ids: Ints, objects: int) -> Iterator[dict[str, Any]]:
    for start in range(0, objects, _CHUNK):
        yield from _chunk(ids, start, min(_CHUNK, objects - start))


def _chunk(ids: Ints, start: int, count: int) -> Iterator[dict[str, Any]]:
    image_ids = ids[integers(f"picture {start}", len(ids), count)]
    categories = integers(f"category {start}", _CATEGORIES, count)
    boxes = _boxes(start, count)
    points = _FEWEST_POINTS + integers(f"points {start}", _MOST_POINTS - _FEWEST_POINTS, count)
    corners = _corners(start, boxes, points).tolist()
    ends = np.cumsum(2 * points)
    columns = (image_ids, categories, boxes, ends - 2 * points, ends)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, (image_id, category, box, first, last) in enumerate(rows, start):
        yield _annotation(number, image_id, category, box, corners[first:last])


def _boxes(start: int, count: int) -> Floats:
    """Boxes inside the image, most of them small."""
    limits = np.array([_WIDTH, _HEIGHT])
    sides = 8 + (limits - 8) * uniform(f"sides {start}", 2 * count).reshape(count, 2) ** 3
    corners = (limits - sides) * uniform(f"corners {start}", 2 * count).reshape(count, 2)
    return np.round(np.hstack([corners, sides]), 2)


def _corners(start: int, boxes: Floats, points: Ints) -> Floats:
    """The corners of all polygons, concatenated: x, y, x, y ..."""
    inside = uniform(f"inside {start}", 2 * int(points.sum())).reshape(-1, 2)
    owners = np.repeat(boxes, points, axis=0)
    return np.round(owners[:, :2] + inside * owners[:, 2:], 2).ravel()


def _annotation(number: int, image_id: int, category: int, box: list[float], corners: list[float]) -> dict[str, Any]:
    crowd = number % _CROWD_EVERY == 0
    counts = {"counts": [int(corner) for corner in corners], "size": [_HEIGHT, _WIDTH]}
    return {
        "segmentation": counts if crowd else [corners],
        "area": round(box[2] * box[3] / 2, 4),
        "iscrowd": int(crowd),
        "image_id": image_id,
        "bbox": box,
        "category_id": category,
        "id": number + 1,
    }
