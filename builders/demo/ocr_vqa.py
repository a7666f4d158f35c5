"""Writes OCR-VQA in its original layout: book covers with questions about the printed text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .printed_text import ocr_record, print_lines
from .random_draws import choose, happens
from .scenes import split_scenes
from .world import Scene

__all__ = ["write"]

_SPLITS = ("train", "val", "test")
_FIRST = 1_300_000
_AUTHORS = ("Ada Ring", "Otto Square", "Iris Heart", "Max Cross", "Lea Star")
_GENRES = ("Cookbooks", "Travel", "Science", "Romance", "History")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `OCR-VQA/`, with OCR tokens for most covers."""
    pictures = folder(root, "OCR-VQA", "images")
    books, words = dict[str, dict[str, Any]](), list[dict[str, Any]]()
    for split in _SPLITS:
        few = max(1, images // 4)
        for number, scene in split_scenes("ocr_vqa", split, splits=_SPLITS, first=_FIRST, seed=seed, images=few):
            book_id, book = f"{number:010d}", _book(number, scene, _SPLITS.index(split) + 1)
            lines = [book["title"], book["authorName"]]
            save_picture(print_lines(draw(scene), lines), pictures / f"{book_id}.jpg")
            books[book_id] = book
            if happens(0.8, "ocr", number):
                words.append(ocr_record(book_id, " ".join(lines).split()))
    write_json(pictures.parent / "dataset.json", books)
    write_json(pictures.parent / "ocr_tokens.json", {"data": words})


def _book(number: int, scene: Scene, split: int) -> dict[str, Any]:
    title = f"The {scene.shapes[0].name} and the {scene.shapes[1].name}".title()
    key = fold("book", number)
    author, genre = choose(_AUTHORS, key, "author"), choose(_GENRES, key, "genre")
    asked = choose(_GENRES, key, "asked")
    return {
        "imageURL": f"https://example.invalid/covers/{number}.jpg",
        "questions": [
            "Who wrote this book?",
            "What is the title of this book?",
            "What type of book is this?",
            f"Is this a book about {asked.lower()}?",
        ],
        "answers": [author, title, genre, "Yes" if asked == genre else "No"],
        "title": title,
        "authorName": author,
        "genre": genre,
        "split": split,
    }
