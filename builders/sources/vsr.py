"""VSR, zero-shot split: statements about spatial relations in pictures of MSCOCO 2017."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from instraug_datasets.hashing import hash_text

from ..files.json_tables import ArrayTable, read_json_lines
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, VSR_DATA, VSR_PICTURES, also_in, downloads_of, files_with
from .spec import Download, Files, Source

__all__ = ["VSR", "SpatialStatement", "read_spatial_statements"]

FOLDER = VSR_DATA.rpartition("/")[0]
_SPLITS = {"validation": f"{VSR_DATA}/splits/zeroshot/dev.jsonl", "test": f"{VSR_DATA}/splits/zeroshot/test.jsonl"}

VSR = Source(
    name="vsr",
    title="VSR, zero-shot split",
    licence="statements Apache-2.0; pictures of MSCOCO under the Flickr terms of their owners",
    homepage="https://github.com/cambridgeltl/visual-spatial-reasoning",
    downloads=(
        "https://github.com/cambridgeltl/visual-spatial-reasoning",
        "http://images.cocodataset.org/zips/train2017.zip",
        "http://images.cocodataset.org/zips/val2017.zip",
    ),
    splits={split: files_with(VSR_PICTURES, annotations=(file,)) for split, file in _SPLITS.items()},
    alternatives=also_in(_SPLITS.values(), "visual-spatial-reasoning/data/splits/zeroshot"),
    archives=(
        *COCO_ARCHIVES,
        Archive(
            "visual_spatial_reasoning/visual-spatial-reasoning-master.zip",
            into=FOLDER,
            holds=f"{VSR_DATA}/splits",
            top="visual-spatial-reasoning-master",
        ),
    ),
    note="Clone the repository into visual_spatial_reasoning/. Its pictures (data/images/) or the zips of MSCOCO 2017 "
    "(MSCOCO2017/) both serve.",
    automatic=(
        Download(
            "https://github.com/cambridgeltl/visual-spatial-reasoning/archive/refs/heads/master.zip",
            "visual_spatial_reasoning/visual-spatial-reasoning-master.zip",
        ),
        *downloads_of(VSR_PICTURES),
    ),
    size="19 GB zipped, nearly all of it pictures of MSCOCO: 18 GB (train2017) and 1 GB (val2017)",
    verified="The files of statements, data/trainval2017/ and data/images/ (cambridgeltl/visual-spatial-reasoning: "
    "data/README.md, data/splits/zeroshot/; VT-NLP/MultiInstruct: download_scripts/visual_spatial_reasoning.sh); "
    + COCO_VERIFIED,
    unverified="Names inside vsr_images.zip, the pictures of VSR alone: unpack it so that they lie in data/images/.",
)


@dataclass(frozen=True, slots=True)
class SpatialStatement:
    """One statement about the spatial relation of two objects, and whether it is true of the picture."""

    key: str
    picture: str
    text: str
    is_true: bool
    relation: str


def read_spatial_statements(root: DataRoot, files: Files) -> Table[SpatialStatement]:
    """Every statement of a split."""
    (file,) = files.annotations
    subset = PurePosixPath(file).stem

    def key(line: _Line) -> str:
        # The files have no ids; the picture and the statement identify a line, whatever its position.
        return f"{subset}-{PurePosixPath(line.image).stem}-{hash_text(line.caption):016x}"

    return ArrayTable(read_json_lines(root, file, kind=_Line), key=key, make=_statement)


class _Line(msgspec.Struct):
    image: str
    caption: str
    label: Literal[0, 1]
    relation: str


def _statement(key: str, line: _Line) -> SpatialStatement:
    return SpatialStatement(key, line.image, line.caption.strip(), bool(line.label), line.relation)
