"""Hateful Memes: memes with their text and, where published, a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from ..files.json_tables import ArrayTable, NonNegativeInt, Table, read_json_lines
from ..files.root import DataRoot
from .spec import Files, Source

__all__ = ["HATEFUL_MEMES", "Meme", "read_memes"]

FOLDER = "hateful_memes"


def _files(split: str) -> Files:
    # Picture paths in the lines start with "img/".
    return Files((f"{FOLDER}/{split}.jsonl",), (FOLDER,))


HATEFUL_MEMES = Source(
    name="hateful_memes",
    title="Hateful Memes",
    licence="the licence of the Hateful Memes challenge: research only, by registration",
    homepage="https://hatefulmemeschallenge.com",
    downloads=("https://www.drivendata.org/competitions/70/hateful-memes-phase-2/",),
    splits={"validation": _files("dev_unseen"), "test": _files("test_unseen")},
    note=f"Register, and unpack the archive so that {FOLDER}/test_unseen.jsonl and {FOLDER}/img/ are there.",
    size="about 12,000 pictures (all splits)",
)


@dataclass(frozen=True, slots=True)
class Meme:
    """One meme.

    Attributes:
        hateful: The label of annotators; None if the file has none.
    """

    key: str
    picture: str
    text: str
    hateful: bool | None


def read_memes(root: DataRoot, files: Files) -> Table[Meme]:
    """Every meme of a split."""
    (file,) = files.annotations
    return ArrayTable(read_json_lines(root, file, kind=_Line), key=lambda line: str(line.id), make=_meme)


class _Line(msgspec.Struct):
    id: NonNegativeInt
    img: str
    text: str
    label: Literal[0, 1] | None = None


def _meme(key: str, line: _Line) -> Meme:
    return Meme(key, line.img, line.text.strip(), None if line.label is None else bool(line.label))
