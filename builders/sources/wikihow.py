"""WikiHow with pictures of steps: one folder per article, with its text and a folder of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from instraug_datasets.errors import InstrAugError, MissingFilesError, SourceError, UnsafePathError
from instraug_datasets.hashing import below, fold

from ..files.json_tables import read_json
from ..files.root import Archive, DataRoot, safe_path
from ..files.tables import ListTable, Table
from .spec import Files, Source

__all__ = ["WIKIHOW", "Step", "StepContent", "read_steps"]

FOLDER = "wikihow/data"
_ARTICLE = "wikihow.json"
SPLIT_FILE = "wikihow/wikihow_split.json"

# Cumulative percentages of articles per part, as in the split file, for when that file is missing.
_CUMULATIVE_PERCENTAGES = {"train": 70, "val": 91, "test": 100}


def _files(part: str) -> Files:
    return Files((f"{FOLDER}/*/{_ARTICLE}",), (FOLDER,), optional=(SPLIT_FILE,), part=part)


WIKIHOW = Source(
    name="wikihow",
    title="WikiHow with pictures of steps",
    licence="CC BY-NC-SA 3.0",
    homepage="https://github.com/VT-NLP/MultiInstruct",
    downloads=("https://drive.google.com/file/d/1vnDduJmuFpeT8yTgtBR9Bj8bXlI4zIJR",),
    splits={"train": _files("train"), "validation": _files("val")},
    archives=tuple(
        Archive(file, into="wikihow", holds=FOLDER) for file in ("wikihow/wikihow.tar.gz", "wikihow.tar.gz")
    ),
    note="Put wikihow.tar.gz into wikihow/; it is read as it is, faster after tar -xf wikihow.tar.gz -C wikihow. The "
    "split is that of wikihow/wikihow_split.json (MULTIINSTRUCT's repository, data_preprocessor/); without it, "
    "articles are split by a hash of their names.",
    size="11,951 articles (all splits)",
    verified="data/<article>/wikihow.json with its fields, data/<article>/image/ and wikihow_split.json "
    "(VT-NLP/MultiInstruct: download_scripts/wikihow.sh, data_preprocessor/wikihow.py, wikihow_split.json).",
    unverified="Articles without a title or without pictures of some steps.",
)


@dataclass(frozen=True, slots=True)
class StepContent:
    """The text and the picture of a step.

    Attributes:
        picture: The name of its picture; empty if it has none.
    """

    text: str
    picture: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step with all steps of its method.

    Attributes:
        title: The article's title; empty if the file has none.
        method: The method's name; empty if the file has none.
        index: The position of the step in `steps`.
    """

    key: str
    title: str
    method: str
    steps: tuple[StepContent, ...]
    index: int


def read_steps(root: DataRoot, files: Files) -> Table[Step]:
    """Every step of every article of a split, in the order of the articles' names."""
    steps: list[Step] = []
    errors: list[InstrAugError] = []
    for article in _articles(root, files.part):
        try:
            steps.extend(_steps(article, _read_article(root, article)))
        except (SourceError, UnsafePathError) as error:
            errors.append(error)
    return ListTable(FOLDER, steps, orphans=errors)


class _Step(msgspec.Struct):
    headline: str
    img: str | None = None


class _Method(msgspec.Struct):
    steps: list[_Step]
    name: str | None = None


class _Article(msgspec.Struct):
    title: str | None = None
    methods: list[_Method] = []


class _Splits(msgspec.Struct):
    train: list[str]
    val: list[str]
    test: list[str]


def _articles(root: DataRoot, part: str) -> list[str]:
    """The folder names of a part's articles."""
    if root.find(SPLIT_FILE) is not None:
        names: list[str] = getattr(read_json(root, SPLIT_FILE, kind=_Splits), part)
        return sorted(set(names))
    return [name for name in root.list_folder(FOLDER) if _part(name) == part]


def _part(article: str) -> str:
    share = below(fold("wikihow split", article), 100)
    return next(part for part, end in _CUMULATIVE_PERCENTAGES.items() if share < end)


def _read_article(root: DataRoot, article: str) -> _Article:
    file = f"{FOLDER}/{safe_path(article)}/{_ARTICLE}"
    try:
        return read_json(root, file, kind=_Article)
    except MissingFilesError as error:
        raise SourceError("the article is missing", file=file) from error


def _steps(article: str, content: _Article) -> Iterator[Step]:
    for number, method in enumerate(content.methods):
        texts = tuple(_step_text(article, step) for step in method.steps)
        for index in range(len(texts)):
            key = f"{article}-{number}-{index}"
            yield Step(key, (content.title or "").strip(), (method.name or "").strip(), texts, index)


def _step_text(article: str, step: _Step) -> StepContent:
    return StepContent(" ".join(step.headline.split()), f"{article}/image/{step.img}" if step.img else "")
