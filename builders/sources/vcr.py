"""VCR: questions about film scenes with four answers each, which refer to people and objects by their boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal, TypeAlias

import msgspec

from instraug_datasets.errors import SourceError

from ..files.json_tables import ArrayTable, NonNegativeInt, read_json_lines, record_error
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .spec import Files, Source

__all__ = ["VCR", "SceneQuestion", "Tokens", "read_scene_questions"]

FOLDER = "VCR"
PICTURES = f"{FOLDER}/vcr1images"

Tokens: TypeAlias = list[str | list[int]]
"""A sentence: words, and lists of object indices in place of words."""

VCR = Source(
    name="vcr",
    title="VCR",
    licence="the VCR dataset licence agreement: non-commercial research, by registration",
    homepage="https://visualcommonsense.com",
    downloads=("https://visualcommonsense.com/download/",),
    # The test split has no labels.
    splits={"test": Files((f"{FOLDER}/val.jsonl",), (PICTURES,))},
    archives=(
        Archive(f"{FOLDER}/vcr1annots.zip", into=FOLDER, holds=f"{FOLDER}/val.jsonl"),
        Archive(f"{FOLDER}/vcr1images.zip", into=FOLDER, holds=PICTURES),
    ),
    # Where the files are if each zip was unpacked in a folder of its name.
    alternatives={
        f"{FOLDER}/val.jsonl": (f"{FOLDER}/vcr1annots/val.jsonl",),
        PICTURES: (f"{PICTURES}/vcr1images",),
    },
    note=f"Register, and put vcr1annots.zip and vcr1images.zip into {FOLDER}/ as they are, or unpack them there.",
    size="110,000 pictures (all splits)",
    verified="val.jsonl and vcr1images/ after unpacking both zips in one folder, and the fields of a line and of its "
    "metadata (VT-NLP/MultiInstruct: download_scripts/README.md, data_preprocessor/vcr.py; rowanz/r2c: "
    "data/README.md, dataloaders/vcr.py).",
)


@dataclass(frozen=True, slots=True)
class SceneQuestion:
    """One question with its answers.

    Attributes:
        size: The picture's width and height in pixels.
        objects: The class of each object; sentences refer to objects by their index.
        boxes: The box `(x1, y1, x2, y2)` of each object in pixels, as annotated.
        label: The index of the right choice.
    """

    key: str
    picture: str
    size: tuple[int, int]
    objects: tuple[str, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    question: Tokens
    choices: tuple[Tokens, ...]
    label: int


def read_scene_questions(root: DataRoot, files: Files) -> Table[SceneQuestion]:
    """Every question of a split; boxes are read from one metadata file per picture on access."""
    (file,) = files.annotations
    lines = read_json_lines(root, file, kind=_Line)
    return ArrayTable(lines, key=lambda line: line.annot_id, make=partial(_question, root, files.pictures, file))


class _Line(msgspec.Struct):
    annot_id: str
    img_fn: str
    metadata_fn: str
    objects: list[str]
    question: Tokens
    answer_choices: Annotated[list[Tokens], msgspec.Meta(min_length=4, max_length=4)]
    answer_label: Literal[0, 1, 2, 3]


class _Metadata(msgspec.Struct):
    boxes: list[Annotated[list[float], msgspec.Meta(min_length=4)]]
    width: NonNegativeInt
    height: NonNegativeInt


def _question(root: DataRoot, folders: tuple[str, ...], file: str, key: str, line: _Line) -> SceneQuestion:
    metadata = _metadata(root, folders, line, where=(file, key))
    if len(metadata.boxes) != len(line.objects):
        problem = f"{len(line.objects)} objects, but {len(metadata.boxes)} boxes in {line.metadata_fn}"
        raise SourceError(problem, file=file, record=key, field="objects")
    _check_objects(line, where=(file, key))
    return SceneQuestion(
        key=key,
        picture=line.img_fn,
        size=(metadata.width, metadata.height),
        objects=tuple(line.objects),
        boxes=tuple((x1, y1, x2, y2) for x1, y1, x2, y2, *_ in metadata.boxes),
        question=line.question,
        choices=tuple(line.answer_choices),
        label=line.answer_label,
    )


def _metadata(root: DataRoot, folders: tuple[str, ...], line: _Line, *, where: tuple[str, str]) -> _Metadata:
    places = (root.find_in(folder, line.metadata_fn) for folder in folders)
    place = next((place for place in places if place is not None), None)
    path = f"{folders[0]}/{line.metadata_fn}"
    if place is None:
        file, key = where
        raise SourceError(f"the file {path} does not exist", file=file, record=key, field="metadata_fn")
    try:
        return msgspec.json.decode(place.read(), type=_Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise record_error(path, "", error) from error


def _check_objects(line: _Line, *, where: tuple[str, str]) -> None:
    (file, key), count = where, len(line.objects)
    for field, sentences in (("question", [line.question]), ("answer_choices", line.answer_choices)):
        for number in _mentioned(sentences):
            if not 0 <= number < count:
                problem = f"the object {number} is not among the {count} objects"
                raise SourceError(problem, file=file, record=key, field=field)


def _mentioned(sentences: Iterable[Tokens]) -> Iterator[int]:
    for words in sentences:
        for word in words:
            yield from word if isinstance(word, list) else ()
