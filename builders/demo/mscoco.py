"""Writes MSCOCO 2014 in its original layout: images, captions, and instances with polygons and a few crowds."""

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
from .random_draws import draw_integer, happens
from .shapes import KINDS, Point
from .world import Scene, Shape, make_scene

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
_SITE = "https://example.invalid"  # a name that never resolves, so that no demo image is mistaken for one of COCO
_CATEGORIES = [{"supercategory": kind.supercategory, "id": kind.category, "name": name} for name, kind in KINDS.items()]
_CROWD_IDS = 900100000000


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `MSCOCO2014/` with both splits."""
    for split in SPLITS:
        scenes = dict(numbered_scenes(split, seed=seed, images=images))
        _write_pictures(folder(root, "MSCOCO2014", f"{split}2014"), scenes, split)
        _write_annotations(folder(root, "MSCOCO2014", "annotations"), scenes, split)


def numbered_scenes(split: str, *, seed: int, images: int) -> Iterator[tuple[int, Scene]]:
    """The image ids and scenes of a split; ids have gaps, and no split shares any."""
    for position in range(SPLITS.index(split), images * len(SPLITS), len(SPLITS)):
        image_id = 9 + 24 * position + draw_integer(24, "picture id", position)
        yield image_id, make_scene(seed, image_id)


def file_name(split: str, image_id: int) -> str:
    """The file name of an image, as in `COCO_train2014_000000000009.jpg`."""
    return f"COCO_{split}2014_{image_id:012d}.jpg"


def _write_pictures(target: Path, scenes: dict[int, Scene], split: str) -> None:
    for image_id, scene in scenes.items():
        save_picture(draw(scene), target / file_name(split, image_id))


def _write_annotations(target: Path, scenes: dict[int, Scene], split: str) -> None:
    texts = chain.from_iterable(_captions(*item) for item in scenes.items())
    write_json(target / f"captions_{split}2014.json", {**_head(scenes, split), "annotations": list(texts)})
    write_json(target / f"instances_{split}2014.json", instances(scenes, split))


def instances(scenes: Mapping[int, Scene], split: str) -> dict[str, Any]:
    """The content of the instances file for some images."""
    boxes = chain.from_iterable(_instances(*item) for item in scenes.items())
    return {**_head(scenes, split), "annotations": list(boxes), "categories": _CATEGORIES}


def annotated_shapes(image_id: int, scene: Scene) -> dict[int, Shape]:
    """The shapes with their own annotation, by annotation id; the others form one crowd."""
    crowd = _crowd_of(image_id, scene)
    alone = [shape for shape in scene.shapes if shape not in crowd]
    return {10 * image_id + i: shape for i, shape in enumerate(alone)}


def _head(scenes: Mapping[int, Scene], split: str) -> dict[str, Any]:
    return {
        "info": _INFO,
        "images": [_image(image_id, scene, split) for image_id, scene in scenes.items()],
        "licenses": LICENSES,
    }


def _image(image_id: int, scene: Scene, split: str) -> dict[str, Any]:
    name = file_name(split, image_id)
    return {
        "license": LICENSES[image_id % len(LICENSES)]["id"],
        "file_name": name,
        "coco_url": f"{_SITE}/{split}2014/{name}",
        "height": scene.height,
        "width": scene.width,
        "date_captured": f"2013-11-{1 + image_id % 28:02d} 12:00:00",
        "flickr_url": f"{_SITE}/photos/{image_id}.jpg",
        "id": image_id,
    }


def _captions(image_id: int, scene: Scene) -> list[dict[str, Any]]:
    texts = captions(scene, fold("captions", image_id))
    return [{"image_id": image_id, "id": 10 * image_id + i, "caption": text} for i, text in enumerate(texts)]


def _instances(image_id: int, scene: Scene) -> list[dict[str, Any]]:
    crowd = _crowd_of(image_id, scene)
    annotations = [_instance(image_id, key, shape) for key, shape in annotated_shapes(image_id, scene).items()]
    return annotations + ([_crowd(image_id, scene, crowd)] if crowd else [])


def _crowd_of(image_id: int, scene: Scene) -> list[Shape]:
    """Three or more shapes of one kind that are annotated as one crowd, which happens in some images."""
    by_kind = defaultdict(list)
    for shape in scene.shapes:
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


def _crowd(image_id: int, scene: Scene, shapes: Sequence[Shape]) -> dict[str, Any]:
    pixels = mask(scene, shapes)
    left, top, right, bottom = pixels.getbbox() or (0, 0, 0, 0)
    counts = _run_lengths(pixels.transpose(Image.Transpose.TRANSPOSE).tobytes())
    return {
        "segmentation": {"counts": counts, "size": [scene.height, scene.width]},
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
    """Run-length encoding as COCO defines it: alternating counts of zeros and ones, in column-major order."""
    runs = [(value, len(list(run))) for value, run in groupby(pixels)]
    return [0] * (runs[0][0] == 1) + [length for _, length in runs]
