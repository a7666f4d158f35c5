"""Visual Genome: files of regions, relationships or questions by picture, and their splits.

The files have no splits. MULTIINSTRUCT splits them by position: the first 86,462 of 108,077 pictures, the next 10,808
and the last 10,807 (80, 10 and 10 percent). Its file `VG_splits.json` overrides these positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.hashing import mix
from instraug_datasets.lazy_numpy import np

from ..files.headed_tables import HeadedTable
from ..files.image_sizes import ImageSizes
from ..files.item_index import ItemIndex, ItemIndexer
from ..files.json_blocks import JsonBlocks, read_first_blocks, read_json_blocks
from ..files.json_tables import JsonArray, read_json
from ..files.nested_tables import NestedRecords, RecordGroup
from ..files.root import Archive, DataRoot
from ..files.tables import UNREADABLE, IdArray, Table
from .spec import Download, Files, Source

__all__ = [
    "PICTURES",
    "PICTURE_ARCHIVES",
    "PICTURE_DOWNLOADS",
    "PICTURE_SIZES",
    "VISUAL_GENOME_QUESTIONS",
    "VISUAL_GENOME_REGIONS",
    "VISUAL_GENOME_RELATIONSHIPS",
    "IndexedGroups",
    "ItemTable",
    "open_items",
    "picture_name",
    "picture_sizes",
    "read_groups",
    "split_positions",
]

G = TypeVar("G", bound=RecordGroup)
T = TypeVar("T")
R = TypeVar("R")

FOLDER = "visual_genome"
PICTURES = (f"{FOLDER}/VG_100K", f"{FOLDER}/VG_100K_2")
PICTURE_SIZES = f"{FOLDER}/image_data.json"
SPLIT_POSITIONS = f"{FOLDER}/VG_splits.json"

HEAD_SIZE = 1 << 23
"""Bytes from which the first records of a large file are read before the rest: about a thousand."""

_PICTURE_URLS = "https://cs.stanford.edu/people/rak248/VG_100K_2"
_URLS = "https://homes.cs.washington.edu/~ranjay/visualgenome/data/dataset"


def _zipped(file: str) -> Archive:
    return Archive(f"{file}.zip", into=FOLDER, holds=file)


def _download(file: str) -> Download:
    return Download(f"{_URLS}/{file.rpartition('/')[2]}.zip", f"{file}.zip")


PICTURE_ARCHIVES = (
    Archive(f"{FOLDER}/images.zip", into=FOLDER, holds=PICTURES[0]),
    Archive(f"{FOLDER}/images2.zip", into=FOLDER, holds=PICTURES[1]),
    _zipped(PICTURE_SIZES),
)
"""The archives of the pictures and of their sizes."""

PICTURE_DOWNLOADS = (
    Download(f"{_PICTURE_URLS}/images.zip", f"{FOLDER}/images.zip"),
    Download(f"{_PICTURE_URLS}/images2.zip", f"{FOLDER}/images2.zip"),
    _download(PICTURE_SIZES),
)


def _source(kind: str, title: str, file: str) -> Source:
    path = f"{FOLDER}/{file}"
    automatic = (_download(path), *PICTURE_DOWNLOADS)
    return Source(
        name=f"visual_genome_{kind}",
        title=f"Visual Genome {title}",
        licence="annotations CC BY 4.0; pictures under the Flickr terms of their owners",
        homepage="https://homes.cs.washington.edu/~ranjay/visualgenome/",
        downloads=tuple(download.url for download in automatic),
        splits={
            split: Files((path,), PICTURES, optional=(PICTURE_SIZES, SPLIT_POSITIONS), part=part)
            for split, part in (("train", "train"), ("validation", "valid"))
        },
        archives=(_zipped(path), *PICTURE_ARCHIVES),
        note=f"Put the zips into {FOLDER}/ as they are, or unpack them there: the pictures need both folders. "
        "Users report some 170 pictures that cannot be read: `--on-error skip` leaves them out and lists them.",
        automatic=automatic,
        size="15 GB of pictures, and up to 1 GB of annotations a file",
        verified="The zips, VG_100K/ and VG_100K_2/, image_data.json and VG_splits.json in one folder "
        "(VT-NLP/MultiInstruct: download_scripts/README.md, data_preprocessor/visualgenome+region_caption.py; "
        "salesforce/LAVIS: lavis/datasets/download_scripts/download_vg.py); pictures that cannot be opened "
        "(haotian-liu/LLaVA: issue 593).",
        unverified="Whether a group of a file names its picture id or image_id in every version; both are read.",
    )


VISUAL_GENOME_QUESTIONS = _source("questions", "question answers", "question_answers.json")
VISUAL_GENOME_REGIONS = _source("regions", "region descriptions", "region_descriptions.json")
VISUAL_GENOME_RELATIONSHIPS = _source("relationships", "relationships", "relationships.json")


def picture_name(image_id: int) -> str:
    """The file name of a picture, which is in one of the two folders."""
    return f"{image_id}.jpg"


def picture_sizes(root: DataRoot) -> ImageSizes:
    """The sizes of all pictures."""
    return ImageSizes(root, PICTURES, file=PICTURE_SIZES)


class IndexedGroups(NamedTuple, Generic[G]):
    """All pictures of a file, with the index of their items."""

    groups: JsonArray[G]
    items: ItemIndex


def read_groups(
    root: DataRoot, files: Files, *, kinds: tuple[type[G], ...], ids: type[msgspec.Struct]
) -> IndexedGroups[G]:
    """All pictures of the file with their raw items.

    Args:
        kinds: The forms that a picture has in the versions of the file; the first that fits its first picture is used.
        ids: A struct with the one field that is the id of an item.
    """
    (file,) = files.annotations
    indexer = ItemIndexer(kinds, ids)
    raws = read_json_blocks(root, file, count=indexer.add_text)
    if not isinstance(raws, JsonBlocks):
        indexer = ItemIndexer(kinds, ids)
        indexer.add_raws(raws)
    return _indexed(file, raws, indexer)


def _read_first_groups(
    root: DataRoot, files: Files, *, kinds: tuple[type[G], ...], ids: type[msgspec.Struct]
) -> IndexedGroups[G] | None:
    """The first pictures of a large file with their raw items, as `read_groups` gives them."""
    (file,) = files.annotations
    indexer = ItemIndexer(kinds, ids)
    raws = read_first_blocks(root, file, size=HEAD_SIZE, count=indexer.add_text)
    return None if raws is None else _indexed(file, raws, indexer)


def _indexed(file: str, raws: Sequence[msgspec.Raw], indexer: ItemIndexer) -> IndexedGroups[G]:
    kind: type[G] = indexer.kind
    return IndexedGroups(JsonArray(file, raws, kind=kind, label="picture"), indexer.index())


def split_positions(root: DataRoot, files: Files, count: int) -> IdArray:
    """The positions of a split among the `count` pictures of a file.

    Raises:
        SourceError: Raised if the file of positions lacks the split.
    """
    if root.find(SPLIT_POSITIONS) is None:
        cuts = [0, -(-8 * count // 10), -(-9 * count // 10), count]
        place = ("train", "valid", "test").index(files.part)
        return np.arange(cuts[place], cuts[place + 1])
    ranges = read_json(root, SPLIT_POSITIONS, kind=_SplitFile).VG
    if files.part not in ranges:
        raise SourceError("the file has no positions for the split", file=SPLIT_POSITIONS, field=f"VG.{files.part}")
    first, last = ranges[files.part]
    return np.arange(first, min(last + 1, count))


class ItemTable(Table[R], Generic[G, T, R]):
    """A table with one record per item of a picture; subclasses implement `_make`.

    Args:
        opened: The pictures.
        chosen: The positions of those to use.
        kind: The type of an item.
        ids: A struct with the one field that is the id of an item.
        label: The name of the list of items in the file.
    """

    def __init__(
        self,
        opened: IndexedGroups[G],
        chosen: IdArray,
        *,
        kind: type[T],
        ids: type[msgspec.Struct],
        label: str,
    ) -> None:
        groups, index = opened
        self._items = NestedRecords(groups, chosen, kind=kind, ids=ids, label=label, index=index)
        super().__init__(groups.file, _joint_keys(self._items.image_ids, self._items.ids))

    def key(self, index: int) -> str:
        """The ids of the picture and of the item."""
        return f"{self._items.image_ids.item(index)}-{self._items.ids.item(index)}"

    def _record(self, index: int) -> R:
        group, place = self._items.locate(index)
        item = self._items.items_or_none(group)[place]
        # Decoded once more if it cannot be read, for the error.
        return self._make(self.key(index), group, self._items.items(group)[place] if item is None else item, place)

    def _make(self, key: str, group: int, item: T, place: int) -> R:
        raise NotImplementedError


def open_items(
    root: DataRoot,
    files: Files,
    kinds: tuple[type[G], ...],
    *,
    ids: type[msgspec.Struct],
    make: Callable[[IndexedGroups[G], IdArray], ItemTable[G, T, R]],
) -> Table[R]:
    """A table of the items of a file; of a large file, the first records can be read before the rest.

    Args:
        kinds: The forms that a picture has in the versions of the file.
        ids: A struct with the id of an item as its only field.
        make: Makes the table from pictures and the positions of those to use.
    """

    def open_whole() -> Table[R]:
        opened = read_groups(root, files, kinds=kinds, ids=ids)
        return make(opened, split_positions(root, files, len(opened.groups)))

    first = _read_first_groups(root, files, kinds=kinds, ids=ids)
    chosen = np.empty(0, np.int64) if first is None else split_positions(root, files, len(first.groups))
    # Only of the split that starts with the file is it known which pictures are its first ones.
    if first is None or not len(chosen) or chosen[0]:
        return open_whole()
    return HeadedTable(make(first, chosen), open_whole)


class _SplitFile(msgspec.Struct):
    VG: dict[str, tuple[int, int]]


def _joint_keys(image_ids: IdArray, ids: IdArray) -> IdArray:
    """One number per pair of ids, because item ids may not be unique across pictures."""
    words = mix(mix(image_ids.view(np.uint64)) ^ ids.view(np.uint64)) >> np.uint64(1)
    return np.where(ids == UNREADABLE, UNREADABLE, words.view(np.int64))
