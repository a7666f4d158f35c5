"""VSR, zero-shot split: statements about spatial relations in pictures of MSCOCO 2017."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from instraug_datasets.hashing import hash_text

from ..files.json_tables import ArrayTable, Table, read_json_lines
from ..files.root import Archive, DataRoot
from .spec import Download, Files, Source

__all__ = ["VSR", "SpatialStatement", "read_spatial_statements"]

FOLDER = "visual_spatial_reasoning/visual-spatial-reasoning"
DATA = f"{FOLDER}/data"
_COCO = ("train2017", "val2017")
PICTURES = tuple(f"{DATA}/{name}" for name in ("trainval2017", *_COCO))

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
    splits={
        "validation": Files((f"{DATA}/splits/zeroshot/dev.jsonl",), PICTURES),
        "test": Files((f"{DATA}/splits/zeroshot/test.jsonl",), PICTURES),
    },
    archives=(
        *(Archive(f"{folder}.zip", into=DATA, holds=folder) for folder in PICTURES),
        Archive(
            "visual_spatial_reasoning/visual-spatial-reasoning-master.zip",
            into=FOLDER,
            holds=f"{DATA}/splits",
            top="visual-spatial-reasoning-master",
        ),
    ),
    note=f"Clone the repository into visual_spatial_reasoning/; put the zips of pictures into {DATA}/, or unpack them.",
    automatic=(
        Download(
            "https://github.com/cambridgeltl/visual-spatial-reasoning/archive/refs/heads/master.zip",
            "visual_spatial_reasoning/visual-spatial-reasoning-master.zip",
        ),
        *(Download(f"http://images.cocodataset.org/zips/{name}.zip", f"{DATA}/{name}.zip") for name in _COCO),
    ),
    size="19 GB zipped, nearly all of it pictures of MSCOCO: 18 GB (train2017) and 1 GB (val2017)",
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
