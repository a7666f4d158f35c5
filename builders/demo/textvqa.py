"""Writes TextVQA 0.5.1 in its original layout: images with a sign, and questions about its text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .random_draws import choose, draw_integer, shuffle
from .scenes import split_scenes
from .world import Scene

__all__ = ["SPLITS", "WORDS", "sign", "signs", "write"]

SPLITS = ("train", "val")
_FIRST = 0x1000
_SITE = "https://example.invalid"
WORDS = ("stop", "open", "exit", "taxi", "bakery", "museum", "parking", "welcome")
_QUESTIONS = ("what does the sign say?", "what word is written on the sign?", "which word can be read?")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `TextVQA/train_val/`; the images of both splits are in one folder."""
    base = folder(root, "TextVQA", "train_val")
    pictures = folder(base, "train_images")
    for split in SPLITS:
        records = []
        for number, scene, word in signs(split, seed=seed, images=images):
            picture = sign(draw(scene), word)
            save_picture(picture, pictures / f"{number:016x}.jpg")
            records += [_question(split, number, place, word, picture.size) for place in range(2)]
        head = {"dataset_type": split, "dataset_name": "textvqa", "dataset_version": "0.5.1"}
        write_json(base / f"TextVQA_0.5.1_{split}.json", {**head, "data": records})


def signs(split: str, *, seed: int, images: int) -> Iterator[tuple[int, Scene, str]]:
    """The image ids and scenes of a split, and the words on their signs."""
    for number, scene in split_scenes("textvqa", split, splits=SPLITS, first=_FIRST, seed=seed, images=images):
        yield number, scene, choose(WORDS, seed, "sign", number)


def sign(picture: Image.Image, word: str) -> Image.Image:
    """The image with a word on a white sign at the bottom."""
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    left, top, right, bottom = pen.textbbox((8, picture.height - 24), word, font=font)
    pen.rectangle((left - 4, top - 3, right + 4, bottom + 3), fill="white", outline="black")
    pen.text((8, picture.height - 24), word, fill="black", font=font)
    return picture


def _question(split: str, number: int, place: int, word: str, size: tuple[int, int]) -> dict[str, Any]:
    text = _QUESTIONS[(number + place) % len(_QUESTIONS)]
    return {
        "question": text,
        "image_id": f"{number:016x}",
        "image_classes": ["Traffic sign"],
        "flickr_original_url": f"{_SITE}/{number}_o.jpg",
        "flickr_300k_url": f"{_SITE}/{number}_z.jpg",
        "image_width": size[0],
        "image_height": size[1],
        "answers": _answers(word, fold("answers", number, place)),
        "question_tokens": text.rstrip("?").split(),
        "question_id": 10 * number + place,
        "set_name": split,
    }


def _answers(word: str, key: int) -> list[str]:
    """Ten answers, six to ten of them right."""
    wrong = ["answering does not require reading text in the image"] * draw_integer(5, key, "wrong")
    return shuffle([word] * (10 - len(wrong)) + wrong, key, "order")
