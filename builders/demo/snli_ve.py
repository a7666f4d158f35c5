"""Writes SNLI-VE in its original layout: an entailed, a contradictory and a neutral sentence per image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .captions import captions
from .drawing import draw, save_picture
from .files import folder, write_lines
from .random_draws import choose
from .scenes import split_scenes
from .shapes import COLOURS, KINDS
from .words import with_article
from .world import Scene

__all__ = ["write"]

_SPLITS = ("dev", "test")
_FIRST = 1_000_000
_OPEN = ("a child", "an artist", "a teacher", "a machine")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `SNLI-VE/`, including the images of Flickr30K."""
    data = folder(root, "SNLI-VE", "SNLI-VE", "data")
    pictures = folder(data, "Flickr30K", "images")
    for split in _SPLITS:
        scenes = dict(split_scenes("snli_ve", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images))
        for number, scene in scenes.items():
            save_picture(draw(scene), pictures / f"{number}.jpg")
        write_lines(data / f"snli_ve_{split}.jsonl", (line for item in scenes.items() for line in _lines(*item)))


def _lines(number: int, scene: Scene) -> Iterator[dict[str, Any]]:
    caption = captions(scene, fold("snli_ve caption", number))[0]
    for label, text in _hypotheses(number, scene).items():
        yield {
            "annotator_labels": [label],
            "captionID": f"{number}.jpg#0",
            "gold_label": label,
            "pairID": f"{number}.jpg#0r1{label[0]}",
            "sentence1": caption,
            "sentence1_binary_parse": caption,
            "sentence1_parse": caption,
            "sentence2": text,
            "sentence2_binary_parse": text,
            "sentence2_parse": text,
            "Flickr30K_ID": str(number),
        }


def _hypotheses(number: int, scene: Scene) -> dict[str, str]:
    present = [shape.name for shape in scene.shapes]
    absent = [f"{colour} {kind}" for colour in COLOURS for kind in KINDS if f"{colour} {kind}" not in present]
    return {
        "neutral": f"{choose(_OPEN, 'snli_ve open', number).capitalize()} drew the picture.",
        "contradiction": f"There is {with_article(choose(absent, 'snli_ve absent', number))} in the picture.",
        "entailment": f"There is {with_article(choose(present, 'snli_ve present', number))} in the picture.",
    }
