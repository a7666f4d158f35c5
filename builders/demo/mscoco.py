"""MSCOCO 2014 in its own layout: pictures, five captions each, and instances with polygons and the odd crowd."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from PIL import Image

from instraug_datasets.hashing import fold

from .captions import captions
from .drawing import draw, mask, save_picture
from .files import folder, write_json
from .random_draws import draw_number, happens
from .shapes import KINDS, Point
from .world import Scene, Shape, scene

__all__ = ["LICENSES", "SPLITS", "annotated_shapes", "file_name", "instances", "numbered_scenes", "write"]

SPLITS = ("train", "val")

LICENSES = [
    {"url": "http://creativecommons.org/publicdomain/zero/1.0/", "id": 1, "name": "CC0 1.0 Universal"},
    {"url": "http://creativecommons.org/licenses/by/2.0/", "id": 4, "name": "Attribution License"},
]
_INFO = {
    "description": "Demo world of colored shapes in the layout of COCO 2014",
    "url": "https://example.invalid",
    "version": "1.0",
    "year": 2014,
    "contributor": "instraug-datasets",
    "date_created": "2014/01/01",
}
_SITE = "https://example.invalid"  # a name that never resolves, so that nobody takes a demo picture for COCO's
_CATEGORIES = [{"supercategory": kind.supercategory, "id": kind.category, "name": name} for name, kind in KINDS.items()]
_CROWD_IDS = 900100000000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `MSCOCO2014/` with both splits."""
    for split in SPLITS:
        scenes = dict(numbered_scenes(split, seed=seed, images=images))
        _write_pictures(folder(root, "MSCOCO2014", f"{split}2014"), scenes, split)
        _write_annotations(folder(root, "MSCOCO2014", "annotations"), scenes, split)


def numbered_scenes(split: str, *, seed: int, images: int) -> Iterator[tuple[int, Scene]]:
    """The picture ids of a split, with gaps and in no other split, and what each picture shows."""
    for position in range(SPLITS.index(split), images * len(SPLITS), len(SPLITS)):
        image_id = 9 + 24 * position + draw_number(24, "picture id", position)
        yield image_id, scene(seed, image_id)


def file_name(split: str, image_id: int) -> str:
    """The name of a picture, as in `COCO_train2014_000000000009.jpg`."""
    return f"COCO_{split}2014_{image_id:012d}.jpg"


def _write_pictures(target: Path, scenes: dict[int, Scene], split: str) -> None:
    for image_id, shown in scenes.items():
        save_picture(draw(shown), target / file_name(split, image_id))


def _write_annotations(target: Path, scenes: dict[int, Scene], split: str) -> None:
    texts = chain.from_iterable(_captions(*item) for item in scenes.items())
    write_json(target / f"captions_{split}2014.json", {**_head(scenes, split), "annotations": list(texts)})
    write_json(target / f"instances_{split}2014.json", instances(scenes, split))


def instances(scenes: Mapping[int, Scene], split: str) -> dict[str, Any]:
    """The file of instances of some pictures."""
    boxes = chain.from_iterable(_instances(*item) for item in scenes.items())
    return {**_head(scenes, split), "annotations": list(boxes), "categories": _CATEGORIES}


def annotated_shapes(image_id: int, shown: Scene) -> dict[int, Shape]:
    """The shapes that have an annotation of their own, by its id; the others are one crowd."""
    crowd = _crowd_of(image_id, shown)
    alone = [shape for shape in shown.shapes if shape not in crowd]
    return {10 * image_id + i: shape for i, shape in enumerate(alone)}


def _head(scenes: Mapping[int, Scene], split: str) -> dict[str, Any]:
    return {
        "info": _INFO,
        "images": [_image(image_id, shown, split) for image_id, shown in scenes.items()],
        "licenses": LICENSES,
    }


def _image(image_id: int, shown: Scene, split: str) -> dict[str, Any]:
    name = file_name(split, image_id)
    return {
        "license": LICENSES[image_id % len(LICENSES)]["id"],
        "file_name": name,
        "coco_url": f"{_SITE}/{split}2014/{name}",
        "height": shown.height,
        "width": shown.width,
        "date_captured": f"2013-11-{1 + image_id % 28:02d} 12:00:00",
        "flickr_url": f"{_SITE}/photos/{image_id}.jpg",
        "id": image_id,
    }


def _captions(image_id: int, shown: Scene) -> list[dict[str, Any]]:
    texts = captions(shown, fold("captions", image_id))
    return [{"image_id": image_id, "id": 10 * image_id + i, "caption": text} for i, text in enumerate(texts)]


def _instances(image_id: int, shown: Scene) -> list[dict[str, Any]]:
    crowd = _crowd_of(image_id, shown)
    annotations = [_instance(image_id, key, shape) for key, shape in annotated_shapes(image_id, shown).items()]
    return annotations + ([_crowd(image_id, shown, crowd)] if crowd else [])


def _crowd_of(image_id: int, shown: Scene) -> list[Shape]:
    """Three or more shapes of one kind that now and then are annotated as one crowd, as annotators tire."""
    by_kind = defaultdict(list)
    for shape in shown.shapes:
        by_kind[shape.kind].append(shape)
    return next((group for group in by_kind.values() if len(group) > 2 and happens(0.2, "crowd", image_id)), [])


def _instance(image_id: int, annotation_id: int, shape: Shape) -> dict[str, Any]:
    return {
        "segmentation": [[round(number, 2) for point in shape.outline for number in point]],
        "area": round(_area(shape.outline), 4),
        "iscrowd": 0,
        "image_id": image_id,
        "bbox": list(shape.box),
        "category_id": KINDS[shape.kind].category,
        "id": annotation_id,
    }


def _crowd(image_id: int, shown: Scene, shapes: Sequence[Shape]) -> dict[str, Any]:
    pixels = mask(shown, shapes)
    left, top, right, bottom = pixels.getbbox() or (0, 0, 0, 0)
    counts = _run_lengths(pixels.transpose(Image.Transpose.TRANSPOSE).tobytes())
    return {
        "segmentation": {"counts": counts, "size": [shown.height, shown.width]},
        "area": sum(counts[1::2]),
        "iscrowd": 1,
        "image_id": image_id,
        "bbox": [left, top, right - left, bottom - top],
        "category_id": KINDS[shapes[0].kind].category,
        "id": _CROWD_IDS + image_id,
    }


def _area(outline: Sequence[Point]) -> float:
    # The shoelace formula.
    turned = [*outline[1:], outline[0]]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(outline, turned, strict=True))) / 2


def _run_lengths(pixels: bytes) -> list[int]:
    """COCO's counts: how many zeros, then ones, then zeros ... down the columns, one after the other."""
    runs = [(value, len(list(run))) for value, run in groupby(pixels)]
    return [0] * (runs[0][0] == 1) + [length for _, length in runs]
