"""The files that the original code of MULTIINSTRUCT writes: instances of all tasks, as JSON Lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import msgspec

from instraug_datasets.errors import SourceError, shown
from instraug_datasets.lazy_numpy import np

from ..files.image_sizes import read_image_size
from ..files.json_blocks import open_reader
from ..files.json_tables import JsonArray
from ..files.root import DataRoot
from ..files.tables import UNREADABLE, Table
from .multiinstruct_lines import TaskLines, index_lines
from .regions import Corners
from .spec import Files, Source
from .visual_genome import PICTURES

__all__ = ["Instance", "Instances", "jsonl_source", "read_instances"]

FOLDER = "MultiInstruct"

_BASES = {"raw_datasets/": "", "seen_data/": "", "mata_data/medic/": "MEDIC/"}
"""The folders of the original code, some of them in absolute paths, and the same folders in the data directory."""

_COCO = re.compile(r"COCO_(train|val)2014_\d{12}\.jpg")


def jsonl_source(sources: Iterable[Source]) -> Source:
    """Declare the processed files as a source that uses the pictures of other sources."""
    known = list(sources)
    splits = [(source, split) for source in known for split, files in source.splits.items() if not files.are_videos]
    archives = tuple(dict.fromkeys(archive for source in known for archive in source.archives))
    # The last folder is the data directory itself, for pictures outside of the declared folders.
    pictures = (*dict.fromkeys(folder for source, split in splits for folder in source.picture_folders(split)), "")
    return Source(
        name="multiinstruct_jsonl",
        title="MULTIINSTRUCT, processed by its own code",
        licence="those of the data sets that the instances were made from",
        homepage="https://github.com/VT-NLP/MultiInstruct",
        downloads=("https://github.com/VT-NLP/MultiInstruct",),
        splits={part: Files((f"{FOLDER}/{part}.jsonl",), pictures) for part in ("train", "test")},
        archives=archives,
        note=f"Put your train.jsonl and test.jsonl into {FOLDER}/, beside the raw data that they name.",
        size="the files that the code writes, and all raw data",
        verified="The fields of a line, and paths of pictures below raw_datasets/ (VT-NLP/MultiInstruct: "
        "data_preprocessor/, build_dataset.py, train.jsonl, test.jsonl).",
        extra=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance of a task as the original code wrote it; fields that the task does not use are None or empty.

    Attributes:
        where: The name of the line in error messages.
        name: Its `unique_id`, which several instances may share.
        size: The picture's width and height in pixels; None if the instance has no boxes.
        options: The options as texts, even if they are boxes.
        option_boxes: The options as boxes, if all of them are boxes.
        object_regions: Boxes by name, from `meta_data.object_regions`.
        task_options: The options from `meta_data.options`, for a task whose `options` also hold those of other tasks.
    """

    key: str
    where: str
    name: str
    image_source: str
    picture: str
    size: tuple[int, int] | None
    target: str
    question: str | None
    text: str | None
    context: str | tuple[str, ...] | None
    options: tuple[str, ...]
    region: tuple[Corners, ...]
    option_boxes: tuple[Corners, ...]
    object_regions: Mapping[str, tuple[Corners, ...]]
    task_options: tuple[str, ...]
    relation: str | None
    method: str | None
    history: tuple[tuple[str, str], ...] | None
    answers: tuple[str, ...]


def read_instances(root: DataRoot, files: Files, *, task: str) -> Instances:
    """Every instance of one task; unreadable lines are in every table, so that they are reported."""
    return Instances(root, files, task=task)


class Instances(Table[Instance]):
    """The instances of one task."""

    def __init__(self, root: DataRoot, files: Files, *, task: str) -> None:
        (file,) = files.annotations
        known = index_lines(root, file, root.etag(file))
        self._lines = TaskLines(open_reader(root, file), known.of(task))
        self._raws = JsonArray(file, self._lines, kind=_Line, label="line", names=self._lines.numbers)
        self._root, self._folders = root, files.pictures
        positions = np.arange(len(self._lines))
        super().__init__(file, np.where(self._lines.readable, positions, UNREADABLE))

    def key(self, index: int) -> str:
        """The `unique_id` of the line and a hash of its content, with a counter for repeated lines."""
        return self._lines.key(index)

    def _record(self, index: int) -> Instance:
        raw, where = self._raws[index], self._raws.name(index)
        meta = raw.meta_data or _MetaData()
        region = self._boxes(raw.region, where, "region")
        object_regions = self._object_regions(meta, where)
        option_boxes = self._boxes(raw.options, where, "options") if _all_boxes(raw.options) else ()
        picture, has_boxes = self._picture(raw.image_path), bool(region or object_regions or option_boxes)
        return Instance(
            key=self.key(index),
            where=where,
            name=raw.unique_id,
            image_source=raw.image_source,
            picture=picture,
            size=read_image_size(self._root, self._folders, picture) if has_boxes else None,
            target=raw.target_txt.strip(),
            question=raw.question,
            text=raw.text,
            context=tuple(raw.context) if isinstance(raw.context, list) else raw.context,
            options=tuple(map(_as_text, raw.options)),
            region=region,
            option_boxes=option_boxes,
            object_regions=object_regions,
            task_options=tuple(meta.options),
            relation=meta.relation,
            method=meta.method,
            history=None if meta.dialog_hist is None else tuple((turn.q, turn.a) for turn in meta.dialog_hist),
            answers=tuple(meta.answers),
        )

    def _picture(self, path: str) -> str:
        picture = _logical(path)
        first, second = PICTURES
        # For some tasks, the original code only names the first folder of Visual Genome.
        if picture.startswith(f"{first}/") and self._root.find(picture) is None:
            return picture.replace(first, second, 1)
        return picture

    def _object_regions(self, meta: _MetaData, where: str) -> dict[str, tuple[Corners, ...]]:
        return {
            name: self._boxes(boxes if all(map(_is_box, boxes)) else [boxes], where, "meta_data.object_regions")
            for name, boxes in meta.object_regions.items()
        }

    def _boxes(self, boxes: Sequence[object], where: str, field: str) -> tuple[Corners, ...]:
        for box in boxes:
            if not _is_box(box):
                problem = f"expected a box of four numbers, but got {shown(box)}"
                raise SourceError(problem, file=self.file, record=where, field=field)
        return tuple(_corners(box) for box in boxes)


class _Turn(msgspec.Struct):
    q: str
    a: str


class _MetaData(msgspec.Struct):
    relation: str | None = None
    method: str | None = None
    object_regions: dict[str, list[str | list[float] | float]] = {}
    dialog_hist: list[_Turn] | None = None
    answers: list[str] = []
    options: list[str] = []


class _Line(msgspec.Struct):
    unique_id: str
    image_path: str
    image_source: str = ""
    target_txt: str = ""
    question: str | None = None
    text: str | None = None
    context: str | list[str] | None = None
    options: list[str | list[float]] = []
    region: list[str | list[float]] = []
    meta_data: _MetaData | None = None


def _logical(path: str) -> str:
    """The logical path of a picture that the original code named by a path of its own."""
    for base, folder in _BASES.items():
        if base in path:
            return folder + path.rpartition(base)[2]
    name = path.rpartition("/")[2]
    coco = _COCO.fullmatch(name)
    return f"MSCOCO2014/{coco[1]}2014/{name}" if coco else path.removeprefix("./")


def _all_boxes(options: Sequence[object]) -> bool:
    return bool(options) and all(map(_is_box, options))


def _is_box(value: object) -> bool:
    numbers = value.split(" ") if isinstance(value, str) else value
    return isinstance(numbers, list) and len(numbers) == 4 and all(map(_is_number, numbers))


def _is_number(value: object) -> bool:
    try:
        return isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _corners(box: object) -> Corners:
    x1, y1, x2, y2 = map(float, box.split(" ") if isinstance(box, str) else box)  # type: ignore[call-overload]
    return x1, y1, x2, y2


def _as_text(option: str | list[float]) -> str:
    return option.strip() if isinstance(option, str) else " ".join(f"{number:g}" for number in option)
