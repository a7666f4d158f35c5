"""Visual Genome: its files, each a list of pictures with lists of regions, relationships or questions, and its splits.

The files have no splits. MULTIINSTRUCT cuts them by position: a list of all 108,077 pictures into the first 86,462, the
next 10,808 and the last 10,807, which is after eight and nine tenths. Its file `VG_splits.json` says other positions.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError
from instraug_datasets.hashing import mix

from ..files.image_sizes import ImageSizes
from ..files.json_tables import UNREADABLE, IdArray, JsonArray, Table, read_json
from ..files.nested_tables import NestedRecords, RecordGroup
from ..files.root import Archive, DataRoot
from .spec import Download, Files, Source

__all__ = [
    "GENOME_ARCHIVES",
    "GENOME_DOWNLOADS",
    "GENOME_PICTURES",
    "GENOME_SIZES",
    "QUESTIONS",
    "REGIONS",
    "RELATIONSHIPS",
    "ItemTable",
    "genome_sizes",
    "picture_of",
    "read_groups",
    "split_positions",
]

G = TypeVar("G", bound=RecordGroup)
T = TypeVar("T")
R = TypeVar("R")

FOLDER = "visual_genome"
GENOME_PICTURES = (f"{FOLDER}/VG_100K", f"{FOLDER}/VG_100K_2")
GENOME_SIZES = f"{FOLDER}/image_data.json"
SPLIT_POSITIONS = f"{FOLDER}/VG_splits.json"

_PICTURE_URLS = "https://cs.stanford.edu/people/rak248/VG_100K_2"
_URLS = "https://homes.cs.washington.edu/~ranjay/visualgenome/data/dataset"


def _zipped(file: str) -> Archive:
    return Archive(f"{file}.zip", into=FOLDER, holds=file)


def _download(file: str) -> Download:
    return Download(f"{_URLS}/{file.rpartition('/')[2]}.zip", f"{file}.zip")


GENOME_ARCHIVES = (
    Archive(f"{FOLDER}/images.zip", into=FOLDER, holds=GENOME_PICTURES[0]),
    Archive(f"{FOLDER}/images2.zip", into=FOLDER, holds=GENOME_PICTURES[1]),
    _zipped(GENOME_SIZES),
)
"""The archives of pictures and of their sizes."""

GENOME_DOWNLOADS = (
    Download(f"{_PICTURE_URLS}/images.zip", f"{FOLDER}/images.zip"),
    Download(f"{_PICTURE_URLS}/images2.zip", f"{FOLDER}/images2.zip"),
    _download(GENOME_SIZES),
)


def _source(kind: str, title: str, file: str) -> Source:
    path = f"{FOLDER}/{file}"
    automatic = (_download(path), *GENOME_DOWNLOADS)
    return Source(
        name=f"visual_genome_{kind}",
        title=f"Visual Genome {title}",
        licence="annotations CC BY 4.0; pictures under the Flickr terms of their owners",
        homepage="https://homes.cs.washington.edu/~ranjay/visualgenome/",
        downloads=tuple(download.url for download in automatic),
        splits={
            split: Files((path,), GENOME_PICTURES, optional=(GENOME_SIZES, SPLIT_POSITIONS), part=part)
            for split, part in (("train", "train"), ("validation", "valid"))
        },
        archives=(_zipped(path), *GENOME_ARCHIVES),
        note=f"Put the zips into {FOLDER}/ as they are, or unpack them there: the pictures need both folders.",
        automatic=automatic,
        size="15 GB of pictures, and up to 1 GB of annotations a file",
    )


QUESTIONS = _source("questions", "question answers", "question_answers.json")
REGIONS = _source("regions", "region descriptions", "region_descriptions.json")
RELATIONSHIPS = _source("relationships", "relationships", "relationships.json")


def picture_of(image_id: int) -> str:
    """The file name of a picture in one of the two folders."""
    return f"{image_id}.jpg"


def genome_sizes(root: DataRoot) -> ImageSizes:
    """The sizes of all pictures."""
    return ImageSizes(root, GENOME_PICTURES, file=GENOME_SIZES)


def read_groups(root: DataRoot, files: Files, *, kind: type[G]) -> JsonArray[G]:
    """Every picture of the file, whatever its split."""
    (file,) = files.annotations
    return JsonArray(file, read_json(root, file, kind=list[msgspec.Raw]), kind=kind, label="picture")


def split_positions(root: DataRoot, files: Files, count: int) -> IdArray:
    """Which of `count` pictures of the file are those of the split.

    Raises:
        SourceError: The file of positions lacks the split.
    """
    if root.find(SPLIT_POSITIONS) is None:
        cuts = [0, -(-8 * count // 10), -(-9 * count // 10), count]
        place = ("train", "valid", "test").index(files.part)
        return np.arange(cuts[place], cuts[place + 1])
    ranges = read_json(root, SPLIT_POSITIONS, kind=_SplitFile).VG
    if files.part not in ranges:
        raise SourceError("it says no positions for the split", file=SPLIT_POSITIONS, field=f"VG.{files.part}")
    first, last = ranges[files.part]
    return np.arange(first, min(last + 1, count))


class ItemTable(Table[R], Generic[G, T, R]):
    """A table with one record an item of a picture; a sub-class says how in `_make`.

    Args:
        kind: What an item must be.
        ids: Its one field that is its id.
        label: What items are called in the file.
    """

    def __init__(
        self,
        root: DataRoot,
        files: Files,
        groups: JsonArray[G],
        *,
        kind: type[T],
        ids: type[msgspec.Struct],
        label: str,
    ) -> None:
        chosen = split_positions(root, files, len(groups))
        self._items = NestedRecords(groups, chosen, kind=kind, ids=ids, label=label)
        super().__init__(groups.file, _joint_keys(self._items.image_ids, self._items.ids))

    def key(self, index: int) -> str:
        """The picture's id and the item's."""
        return f"{self._items.image_ids[index]}-{self._items.ids[index]}"

    def _record(self, index: int) -> R:
        group, place = self._items.locate(index)
        return self._make(self.key(index), group, self._items.items(group)[place], place)

    def _make(self, key: str, group: int, item: T, place: int) -> R:
        raise NotImplementedError

    def _neighbours(self, group: int, place: int) -> list[T]:
        """The other items of a picture, without those that cannot be read."""
        items = self._items.items_or_none(group)
        return [item for other, item in enumerate(items) if other != place and item is not None]


class _SplitFile(msgspec.Struct):
    VG: dict[str, tuple[int, int]]


def _joint_keys(image_ids: IdArray, ids: IdArray) -> IdArray:
    """One number for a pair of ids, as nothing says that items of two pictures never share their id."""
    words = mix(mix(image_ids.view(np.uint64)) ^ ids.view(np.uint64)) >> np.uint64(1)
    return np.where(ids == UNREADABLE, UNREADABLE, words.view(np.int64))
