"""Writes VSR in its original layout: true and false statements about the spatial relation of two shapes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_lines
from .random_draws import choose, draw_integer, happens, sample, shuffle
from .world import OPPOSITES, Scene, clear_pairs, make_scene

__all__ = ["write"]

_SPLITS = ("train", "dev", "test")
_FIRST_PICTURE = 300_000
_WORDINGS = {
    "left of": ("left of", "at the left side of"),
    "right of": ("right of", "at the right side of"),
    "above": ("above", "over"),
    "below": ("below", "under", "beneath"),
}


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `visual_spatial_reasoning/`, with a true and a false statement per image.

    Unlike in the real zero-shot split, the splits share their concepts.
    """
    data = folder(root, "visual_spatial_reasoning", "visual-spatial-reasoning", "data")
    pictures, statements = folder(data, "trainval2017"), folder(data, "splits", "zeroshot")
    for split in _SPLITS:
        scenes = dict(islice(_scenes_with_pairs(seed, split), images))
        for image_id, scene in scenes.items():
            save_picture(draw(scene), pictures / f"{image_id:012d}.jpg")
        records = (_record(*item, label) for item in scenes.items() for label in shuffle((0, 1), "label", item[0]))
        write_lines(statements / f"{split}.jsonl", records)


def _scenes_with_pairs(seed: int, split: str) -> Iterator[tuple[int, Scene]]:
    for position in count(_SPLITS.index(split), len(_SPLITS)):
        image_id = _FIRST_PICTURE + 12 * position + draw_integer(12, "vsr picture id", position)
        scene = make_scene(seed, image_id)
        if clear_pairs(scene):
            yield image_id, scene


def _record(image_id: int, scene: Scene, label: int) -> dict[str, Any]:
    key = fold("vsr", image_id, label)
    one, true_relation, other = choose(clear_pairs(scene), key, "pair")
    relation = choose(_WORDINGS[true_relation if label else OPPOSITES[true_relation]], key, "wording")
    return {
        "image": f"{image_id:012d}.jpg",
        "image_link": f"https://example.invalid/train2017/{image_id:012d}.jpg",
        "caption": f"The {one.kind} is {relation} the {other.kind}.",
        "label": label,
        "relation": relation,
        "subj": one.kind,
        "obj": other.kind,
        "annotator_id": 1 + draw_integer(60, key, "annotator"),
        **_votes(label, key),
    }


def _votes(label: int, key: int) -> dict[str, str]:
    # Lists as strings, as in the real files.
    agreeing = sample(range(1, 70), 3, key, "validators")
    dissenting = [agreeing.pop()] if happens(0.15, key, "dissent") else []
    true, false = (agreeing, dissenting) if label else (dissenting, agreeing)
    return {"vote_true_validator_id": str(true), "vote_false_validator_id": str(false)}
