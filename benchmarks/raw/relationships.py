"""Visual Genome relationships: images with lists of relationships between two named boxes with synsets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .files import link_pictures, write_array
from .random_draws import Ints, integers, integers_by_key

__all__ = ["write_relationships"]

_WIDTH, _HEIGHT = 800, 600
_FIRST_RELATIONSHIP = 15_927
_MAX_OBJECTS = 1000
_CHUNK = 1000
_PREDICATES = ("on", "ON", "has", "wears", "in front of", "behind", "holding", "next to", "of", "standing on")
_NAMES = ("man", "sidewalk", "tree trunk", "window", "shirt", "building", "street light", "sign", "bicycle", "shade")


def write_relationships(root: Path, *, pictures: int, relationships: int) -> Path:
    """Write `relationships.json`, its images and their sizes into a data dir, and return the path of the file."""
    folder = root / "visual_genome"
    for part, name in enumerate(("VG_100K", "VG_100K_2")):
        link_pictures(folder / name, (f"{image_id}.jpg" for image_id in range(1 + part, pictures + 1, 2)))
    with (folder / "image_data.json").open("wb") as stream:
        write_array(stream, map(_image, range(1, pictures + 1)))
    path = folder / "relationships.json"
    with path.open("wb") as stream:
        write_array(stream, _groups(_counts(pictures, relationships)))
    return path


def _image(image_id: int) -> dict[str, Any]:
    return {
        "width": _WIDTH,
        "url": f"https://example.invalid/VG_100K_2/{image_id}.jpg",
        "height": _HEIGHT,
        "image_id": image_id,
        "coco_id": None,
        "flickr_id": None,
    }


def _counts(pictures: int, relationships: int) -> Ints:
    """The number of relationships per image; every fourth image gets half of all, as some real images have many."""
    everywhere = integers("pictures of Visual Genome", pictures, relationships)
    busy = np.arange(relationships) % 2 == 0
    return np.bincount(np.where(busy, everywhere // 4 * 4, everywhere), minlength=pictures)


def _groups(counts: Ints) -> Iterator[dict[str, Any]]:
    starts = np.cumsum(counts) - counts
    for first in range(0, len(counts), _CHUNK):
        chunk = counts[first : first + _CHUNK]
        generated = _relationships(first + 1, chunk, int(starts[first]))
        for image_id, count in enumerate(chunk.tolist(), first + 1):
            yield {"relationships": [next(generated) for _ in range(count)], "image_id": image_id}


def _relationships(first_image: int, counts: Ints, start: int) -> Iterator[dict[str, Any]]:
    """The relationships of some images, concatenated; an image has about half as many objects as relationships."""
    total = int(counts.sum())
    pictures = np.repeat(np.arange(first_image, first_image + len(counts)), counts)
    object_counts = np.repeat(2 + counts // 2, counts)
    own = integers(f"subjects {start}", 2**31, total) % object_counts
    # Never equal to the subject.
    other = (own + 1 + integers(f"objects {start}", 2**31, total) % (object_counts - 1)) % object_counts
    subjects, objects = (_objects(pictures * _MAX_OBJECTS + place) for place in (own, other))
    predicates = integers(f"predicates {start}", len(_PREDICATES), total).tolist()
    rows = zip(predicates, subjects, objects, strict=True)
    for number, (predicate, subject, object_) in enumerate(rows, _FIRST_RELATIONSHIP + start):
        yield {
            "predicate": _PREDICATES[predicate],
            "object": object_,
            "relationship_id": number,
            "synsets": ["along.r.01"],
            "subject": subject,
        }


def _objects(keys: Ints) -> Iterator[dict[str, Any]]:
    names = integers_by_key("name", len(_NAMES), keys)
    widths, heights = 8 + integers_by_key("width", _WIDTH // 2, keys), 8 + integers_by_key("height", _HEIGHT // 2, keys)
    lefts, tops = integers_by_key("left", _WIDTH // 2 - 8, keys), integers_by_key("top", _HEIGHT // 2 - 8, keys)
    rows = zip(*(column.tolist() for column in (keys, names, widths, heights, lefts, tops)), strict=True)
    for key, place, width, height, left, top in rows:
        name = _NAMES[place]
        yield {
            "name": name,
            "h": height,
            "object_id": key,
            "synsets": [f"{name.replace(' ', '_')}.n.01"],
            "w": width,
            "y": top,
            "x": left,
        }
