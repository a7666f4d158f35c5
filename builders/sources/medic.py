"""MEDIC: pictures from social media with the type of disaster that they show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias, get_args

import msgspec

from ..files.csv_tables import read_csv
from ..files.root import Archive, DataRoot
from ..files.tables import ListTable, Table
from .spec import Files, Published, Source

__all__ = ["DISASTER_TYPES", "MEDIC", "DisasterPicture", "read_disaster_pictures"]

FOLDER = "MEDIC"

DisasterType: TypeAlias = Literal[
    "earthquake", "fire", "flood", "hurricane", "landslide", "not_disaster", "other_disaster"
]
DISASTER_TYPES: tuple[str, ...] = get_args(DisasterType)
"""The disaster types as the files spell them."""


def _files(split: str) -> Files:
    # Picture paths in the rows start with "data/".
    return Files((f"{FOLDER}/MEDIC_{split}.tsv",), (FOLDER,))


_CARD = "huggingface.co/datasets/QCRI/MEDIC"

MEDIC = Source(
    name="medic",
    title="MEDIC",
    licence="CC BY-NC-SA 4.0",
    homepage="https://crisisnlp.qcri.org/medic/",
    downloads=("https://crisisnlp.qcri.org/data/medic/MEDIC.tar.gz",),
    splits={"validation": _files("dev"), "test": _files("test")},
    archives=tuple(Archive(file, into=FOLDER, holds=FOLDER) for file in (f"{FOLDER}/MEDIC.zip", "MEDIC.zip")),
    published={"validation": Published(6_157, _CARD), "test": Published(15_688, _CARD)},
    note=f"Put MEDIC.tar.gz into {FOLDER}/ as it is, or unpack it there, which is faster to read.",
    size="71,198 pictures (all splits)",
    verified="MEDIC_dev.tsv, MEDIC_test.tsv with their columns, and data/, directly in the archive "
    "(VT-NLP/MultiInstruct: download_scripts/medic.sh, data_preprocessor/medic.py).",
)


@dataclass(frozen=True, slots=True)
class DisasterPicture:
    """One picture and the disaster that it shows.

    Attributes:
        event: The name of the event in the file.
        disaster: One of `DISASTER_TYPES`.
    """

    key: str
    picture: str
    event: str
    disaster: str


def read_disaster_pictures(root: DataRoot, files: Files) -> Table[DisasterPicture]:
    """Every picture of a split."""
    (file,) = files.annotations
    rows = read_csv(root, file, kind=_Row, tabs=True)
    return ListTable(file, [_picture(row) for row in rows.valid], orphans=rows.errors)


class _Row(msgspec.Struct):
    event_name: str
    image_path: str
    disaster_types: DisasterType


def _picture(row: _Row) -> DisasterPicture:
    # The pictures come from several collections, so that only the whole path is unique.
    path = PurePosixPath(row.image_path)
    key = "-".join(path.with_suffix("").parts).removeprefix("data-") if path.name else row.image_path
    return DisasterPicture(key, row.image_path, row.event_name, row.disaster_types)
