"""Hateful Memes: memes with their text and, where published, a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from ..files.json_tables import ArrayTable, read_json_lines
from ..files.root import DataRoot
from ..files.tables import Table
from .ids import NumberId
from .spec import Files, Source

__all__ = ["HATEFUL_MEMES", "Meme", "read_memes"]

FOLDER = "hateful_memes"
_UNZIPPED = f"{FOLDER}/data"
"""The folder inside the challenge's zip."""


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
    alternatives={
        FOLDER: (_UNZIPPED,),
        **{f"{FOLDER}/{part}.jsonl": (f"{_UNZIPPED}/{part}.jsonl",) for part in ("dev_unseen", "test_unseen")},
    },
    note=f"Register, and unpack the zip, which has a password: unzip -d {FOLDER} <zip>",
    size="about 12,000 pictures (all splits)",
    verified="dev_unseen.jsonl, test_unseen.jsonl and img/ (VT-NLP/MultiInstruct: download_scripts/README.md), in a "
    "folder data/ inside the zip (facebookresearch/mmf: mmf_cli/hm_convert.py); ids as numbers "
    "(Rakesh-K-patel/HateShield: dev_unseen.jsonl) or text (copies in circulation).",
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
    return ArrayTable(read_json_lines(root, file, kind=_Line), key=lambda line: str(int(line.id)), make=_meme)


class _Line(msgspec.Struct):
    id: NumberId
    img: str
    text: str
    label: Literal[0, 1] | None = None


def _meme(key: str, line: _Line) -> Meme:
    return Meme(key, line.img, line.text.strip(), None if line.label is None else bool(line.label))
