"""VizWiz image quality issues: votes of five annotators on the flaws of photos that blind people took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from ..files.json_tables import ArrayTable, JsonArray, NonNegativeInt, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .spec import Download, Files, Source

__all__ = ["VIZWIZ_QUALITY", "QualityVotes", "read_quality_votes"]

FOLDER = "vizwiz_image_quality"
_VQA = "VizWiz"
"""The folder of VizWiz-VQA, whose pictures are the same files."""

_SITE = "https://vizwiz.cs.colorado.edu/VizWiz_final"
_ANNOTATIONS = f"{FOLDER}/annotations.zip"
_PARTS = {"train": "train", "validation": "val"}
_DOWNLOADS = (
    Download(f"{_SITE}/image_quality/annotations.zip", _ANNOTATIONS),
    *(Download(f"{_SITE}/images/{part}.zip", f"{FOLDER}/{part}.zip") for part in _PARTS.values()),
)


def _archives(part: str) -> tuple[Archive, ...]:
    file, pictures = f"{FOLDER}/{part}.json", f"{FOLDER}/{part}"
    return (
        # Some copies of this zip have their files in a folder.
        Archive(_ANNOTATIONS, into=FOLDER, holds=file),
        Archive(_ANNOTATIONS, into=FOLDER, holds=file, top="annotations"),
        Archive(f"{pictures}.zip", into=FOLDER, holds=pictures),
        Archive(f"{_VQA}/{part}.zip", into=_VQA, holds=f"{_VQA}/{part}"),
    )


VIZWIZ_QUALITY = Source(
    name="vizwiz_quality",
    title="VizWiz image quality issues",
    licence="CC BY 4.0",
    homepage="https://vizwiz.org/tasks-and-datasets/image-quality-issues",
    downloads=tuple(file.url for file in _DOWNLOADS),
    splits={split: Files((f"{FOLDER}/{part}.json",), (f"{FOLDER}/{part}",)) for split, part in _PARTS.items()},
    archives=tuple(archive for part in _PARTS.values() for archive in _archives(part)),
    alternatives={
        **{
            f"{FOLDER}/{part}.json": tuple(f"{FOLDER}/{name}/{part}.json" for name in ("annotations", "Annotations"))
            for part in _PARTS.values()
        },
        **{f"{FOLDER}/{part}": (f"{_VQA}/{part}",) for part in _PARTS.values()},
    },
    note=f"Put the zips into {FOLDER}/ as they are, or unpack them there.",
    automatic=_DOWNLOADS,
    size="15 GB: pictures, zipped; votes below 0.1 GB",
    verified="The addresses, train.json and val.json beside train/ and val/ after unpacking, and the codes of flaws "
    "(VT-NLP/MultiInstruct: download_scripts/vizwiz_image_quality.sh, data_preprocessor/vizwiz+image_quality.py).",
    unverified="Whether all copies of annotations.zip have no folder; both are read.",
)


@dataclass(frozen=True, slots=True)
class QualityVotes:
    """The votes on the flaws of one picture.

    Attributes:
        flaws: The number of votes by flaw code; `NON` means no flaw.
    """

    key: str
    picture: str
    flaws: Mapping[str, int]


def read_quality_votes(root: DataRoot, files: Files) -> Table[QualityVotes]:
    """The votes on every picture of a split."""
    (file,) = files.annotations
    records = JsonArray(file, read_json(root, file, kind=list[msgspec.Raw]), kind=_Picture, label="pictures")
    return ArrayTable(records, key=lambda raw: PurePosixPath(raw.image).stem, make=_votes)


class _Flaws(msgspec.Struct, forbid_unknown_fields=True, rename="upper"):
    non: NonNegativeInt
    blr: NonNegativeInt
    brt: NonNegativeInt
    drk: NonNegativeInt
    frm: NonNegativeInt
    obs: NonNegativeInt
    rot: NonNegativeInt
    oth: NonNegativeInt


class _Picture(msgspec.Struct):
    image: str
    flaws: _Flaws


def _votes(key: str, raw: _Picture) -> QualityVotes:
    return QualityVotes(key, raw.image, msgspec.to_builtins(raw.flaws))
