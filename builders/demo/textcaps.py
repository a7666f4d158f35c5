"""Writes TextCaps in its original layout, on TextVQA images, and their OCR tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from . import textvqa
from .captions import captions
from .files import folder, write_json
from .printed_text import ocr_record
from .random_draws import happens
from .world import Scene

__all__ = ["write"]

_FORMS = ("{}, above a sign that says {}.", "{}, and the sign reads {}.", "{}, with the word {} below.")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `TextCaps/` and the OCR tokens in `TextVQA/`, and the rest of `TextVQA/` if it does not exist yet."""
    if not (root / "TextVQA").exists():
        textvqa.write(root, seed=seed, images=images)
    target = folder(root, "TextCaps")
    for split in textvqa.SPLITS:
        signs = list(textvqa.signs(split, seed=seed, images=images))
        rows = [row for number, scene, word in signs for row in _rows(split, number, scene, word)]
        head = {"dataset_type": split, "dataset_name": "textcaps", "dataset_version": "0.1"}
        write_json(target / f"TextCaps_0.1_{split}.json", {**head, "data": rows})
        # For some images, OCR finds no text.
        read = [
            ocr_record(f"{number:016x}", [] if happens(0.2, "ocr", number) else [word, word[:2].upper()])
            for number, _, word in signs
        ]
        head = {"dataset_type": split, "dataset_name": "textvqa", "dataset_version": "0.2"}
        write_json(root / "TextVQA" / "train_val" / f"TextVQA_Rosetta_OCR_v0.2_{split}.json", {**head, "data": read})


def _rows(split: str, number: int, scene: Scene, word: str) -> Iterator[dict[str, Any]]:
    image_id = f"{number:016x}"
    seen = captions(scene, fold("textcaps", number))
    texts = [form.format(text.rstrip("."), word) for form, text in zip(_FORMS, seen, strict=False)]
    for place, text in enumerate(texts):
        yield {
            "image_id": image_id,
            "image_classes": ["Traffic sign"],
            "flickr_original_url": f"https://example.invalid/{number}_o.jpg",
            "flickr_300k_url": f"https://example.invalid/{number}_z.jpg",
            "image_width": scene.width,
            "image_height": scene.height,
            "set_name": split,
            "image_name": image_id,
            "image_path": f"{split}/{image_id}.jpg",
            "caption_id": 10 * number + place,
            "caption_str": text,
            "reference_strs": texts,
            "caption_tokens": text.lower().split(),
            "reference_tokens": [each.lower().split() for each in texts],
        }
