"""A-OKVQA: questions about pictures of MSCOCO 2017 that take knowledge, with four choices and ten answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from instraug_datasets.errors import SourceError

from ..files.json_tables import ArrayTable, JsonArray, NonNegativeInt, Table, read_json
from ..files.root import DataRoot
from .mscoco2017 import ARCHIVES, DOWNLOADS, PICTURES
from .spec import Files, Source

__all__ = ["AOKVQA", "Choice", "read_choices"]

FOLDER = "A-OKVQA"
_URL = "https://prior-datasets.s3.us-east-2.amazonaws.com/aokvqa/aokvqa_v1p0.tar.gz"
_PARTS = {"train": "train", "validation": "val"}

AOKVQA = Source(
    name="aokvqa",
    title="A-OKVQA 1.0",
    licence="annotations Apache-2.0; pictures of MSCOCO under the Flickr terms of their owners",
    homepage="https://allenai.org/project/a-okvqa/home",
    downloads=(_URL, *(download.url for download in DOWNLOADS)),
    splits={split: Files((f"{FOLDER}/aokvqa_v1p0_{part}.json",), (PICTURES[split],)) for split, part in _PARTS.items()},
    archives=ARCHIVES,
    note=f"Unpack the questions into {FOLDER}/, and put the zips of pictures into MSCOCO2017/.",
    automatic=DOWNLOADS,
    size="19 GB: pictures of MSCOCO 2017 18 GB (train) and 0.8 GB (validation), zipped; questions 20 MB",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One question about a picture with its choices.

    Attributes:
        picture: The picture's file; None for a question without one.
        context: What else has to be known; empty where there is nothing.
        answer: The right choice.
        answers: What annotators said who did not see the choices.
    """

    key: str
    picture: str | None
    text: str
    options: tuple[str, ...]
    answer: str
    context: str = ""
    answers: tuple[str, ...] = ()


def read_choices(root: DataRoot, files: Files) -> Table[Choice]:
    """Every question of a split."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=list[msgspec.Raw])

    def make(key: str, raw: _Question) -> Choice:
        if raw.correct_choice_idx >= len(raw.choices):
            problem = f"there is no choice {raw.correct_choice_idx} among {len(raw.choices)}"
            raise SourceError(problem, file=file, record=f"question {key}", field="correct_choice_idx")
        options = tuple(choice.strip() for choice in raw.choices)
        return Choice(
            key=key,
            picture=f"{raw.image_id:012d}.jpg",
            text=raw.question.strip(),
            options=options,
            answer=options[raw.correct_choice_idx],
            answers=tuple(raw.direct_answers),
        )

    return ArrayTable(JsonArray(file, raws, kind=_Question, label="record"), key=lambda raw: raw.question_id, make=make)


class _Question(msgspec.Struct):
    question_id: str
    image_id: NonNegativeInt
    question: str
    choices: list[str]
    correct_choice_idx: Annotated[int, msgspec.Meta(ge=0)]
    direct_answers: list[str]
