"""MEDIC: pictures from social media with the kind of disaster that they show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias, get_args

import msgspec

from ..files.csv_tables import read_csv
from ..files.json_tables import ListTable, Table
from ..files.root import DataRoot
from .spec import Files, Source

__all__ = ["MEDIC", "TYPES", "DisasterPicture", "read_disasters"]

FOLDER = "MEDIC"

DisasterType: TypeAlias = Literal[
    "earthquake", "fire", "flood", "hurricane", "landslide", "not_disaster", "other_disaster"
]
TYPES: tuple[str, ...] = get_args(DisasterType)
"""The classes, as the files write them."""


def _files(split: str) -> Files:
    # The rows name their pictures as "data/...".
    return Files((f"{FOLDER}/MEDIC_{split}.tsv",), (FOLDER,))


MEDIC = Source(
    name="medic",
    title="MEDIC",
    licence="CC BY-NC-SA 4.0",
    homepage="https://crisisnlp.qcri.org/medic/",
    downloads=("https://crisisnlp.qcri.org/data/medic/MEDIC.tar.gz",),
    splits={"validation": _files("dev"), "test": _files("test")},
    note=f"Unpack MEDIC.tar.gz in {FOLDER}/, so that {FOLDER}/MEDIC_test.tsv and {FOLDER}/data/ are there.",
    size="71,198 pictures (all splits)",
)


@dataclass(frozen=True, slots=True)
class DisasterPicture:
    """One picture, and the disaster that it shows: one of `TYPES`."""

    key: str
    picture: str
    event: str
    kind: str


def read_disasters(root: DataRoot, files: Files) -> Table[DisasterPicture]:
    """Every picture of a split."""
    (file,) = files.annotations
    rows = read_csv(root, file, kind=_Row, tabs=True)
    return ListTable(file, [_picture(row) for row in rows.valid], orphans=rows.errors)


class _Row(msgspec.Struct):
    event_name: str
    image_path: str
    disaster_types: DisasterType


def _picture(row: _Row) -> DisasterPicture:
    # Pictures of several collections: only the path is sure to be theirs alone.
    path = PurePosixPath(row.image_path)
    key = "-".join(path.with_suffix("").parts).removeprefix("data-") if path.name else row.image_path
    return DisasterPicture(key, row.image_path, row.event_name, row.disaster_types)
