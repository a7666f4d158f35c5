"""NLVR (v1): statements about synthetic pictures, each drawn with its three boxes in all six orders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from ..files.json_tables import ArrayTable, read_json_lines
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .spec import Download, Files, Source

__all__ = ["NLVR", "Statement", "read_statements"]

ORDERS = 6
FOLDER = "nlvr/nlvr"


def _files(split: str) -> Files:
    return Files((f"{FOLDER}/nlvr/{split}/{split}.json",), (f"{FOLDER}/nlvr/{split}/images",))


NLVR = Source(
    name="nlvr",
    title="NLVR",
    licence="CC BY 4.0",
    homepage="https://lil.nlp.cornell.edu/nlvr",
    downloads=("https://github.com/lil-lab/nlvr",),
    splits={"validation": _files("dev"), "test": _files("test")},
    archives=(Archive("nlvr/nlvr-master.zip", into=FOLDER, holds=FOLDER, top="nlvr-master"),),
    note="Clone the repository into nlvr/, or put its zip there as nlvr-master.zip.",
    automatic=(Download("https://github.com/lil-lab/nlvr/archive/refs/heads/master.zip", "nlvr/nlvr-master.zip"),),
    verified="nlvr/<part>/<part>.json and nlvr/<part>/images/<directory>/<part>-<identifier>-<order>.png "
    "(lil-lab/nlvr: nlvr/dev/dev.json and nlvr/dev/images/).",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about a picture.

    Attributes:
        pictures: The six drawings of the picture, one per order of its boxes; the statement has the same truth value
            for all of them.
    """

    key: str
    pictures: tuple[str, ...]
    text: str
    is_true: bool


def read_statements(root: DataRoot, files: Files) -> Table[Statement]:
    """Every statement of a split."""
    (file,) = files.annotations
    subset = PurePosixPath(file).stem

    def make(key: str, line: _Line) -> Statement:
        stem = f"{line.directory}/{subset}-{line.identifier}"
        pictures = tuple(f"{stem}-{order}.png" for order in range(ORDERS))
        return Statement(key, pictures, line.sentence.strip(), line.label == "true")

    lines = read_json_lines(root, file, kind=_Line)
    return ArrayTable(lines, key=lambda line: f"{subset}-{line.identifier}", make=make)


class _Line(msgspec.Struct):
    sentence: str
    label: Literal["true", "false"]
    identifier: str
    directory: str
