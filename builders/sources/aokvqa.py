"""A-OKVQA: knowledge-based questions about pictures of MSCOCO 2017, with four choices and ten direct answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from instraug_datasets.errors import SourceError

from ..files.json_tables import ArrayTable, JsonArray, NonNegativeInt, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, TRAIN2017, VAL2017, also_in, downloads_of, files_with
from .spec import Files, PictureSet, Published, Source

__all__ = ["AOKVQA", "MultipleChoiceQuestion", "read_choice_questions"]

FOLDER = "A-OKVQA"
_URL = "https://prior-datasets.s3.us-east-2.amazonaws.com/aokvqa/aokvqa_v1p0.tar.gz"
_DOWNLOADS = downloads_of(TRAIN2017, VAL2017)


def _files(part: str, pictures: PictureSet) -> Files:
    return files_with(pictures, annotations=(f"{FOLDER}/aokvqa_v1p0_{part}.json",))


_SPLITS = {"train": _files("train", TRAIN2017), "validation": _files("val", VAL2017)}


AOKVQA = Source(
    name="aokvqa",
    title="A-OKVQA 1.0",
    licence="annotations Apache-2.0; pictures of MSCOCO under the Flickr terms of their owners",
    homepage="https://allenai.org/project/a-okvqa/home",
    downloads=(_URL, *(download.url for download in _DOWNLOADS)),
    splits=_SPLITS,
    alternatives=also_in(
        (file for files in _SPLITS.values() for file in files.annotations),
        f"{FOLDER}/aokvqa_v1p0",
        "aokvqa",
        "aokvqa/annotations",
    ),
    archives=(
        *(
            Archive(f"{FOLDER}/aokvqa_v1p0.zip", into=FOLDER, holds=f"{FOLDER}/aokvqa_v1p0_{part}.json")
            for part in ("train", "val")
        ),
        *COCO_ARCHIVES,
    ),
    published={"validation": Published(1_145, "https://evalscope.readthedocs.io: benchmarks/a_okvqa")},
    note=f"Put aokvqa_v1p0.tar.gz into {FOLDER}/ as it is, or unpack it there, and put the zips of pictures into "
    "MSCOCO2017/.",
    automatic=_DOWNLOADS,
    size="19 GB: pictures of MSCOCO 2017 18 GB (train) and 0.8 GB (validation), zipped; questions 20 MB",
    verified="The URL and the names of the files (allenai/aokvqa: README.md, aokvqa_utils.py), or in "
    f"aokvqa/annotations/ (salesforce/LAVIS: lavis/configs/datasets/aokvqa/defaults.yaml); {COCO_VERIFIED}",
)


@dataclass(frozen=True, slots=True)
class MultipleChoiceQuestion:
    """One multiple-choice question.

    Attributes:
        picture: The name of the picture's file; None for a question without a picture.
        context: A text to answer by; empty if there is none.
        answer: The right choice.
        answers: Direct answers of annotators who did not see the choices.
    """

    key: str
    picture: str | None
    text: str
    options: tuple[str, ...]
    answer: str
    context: str = ""
    answers: tuple[str, ...] = ()


def read_choice_questions(root: DataRoot, files: Files) -> Table[MultipleChoiceQuestion]:
    """Every question of a split."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=list[msgspec.Raw])

    def make(key: str, raw: _Question) -> MultipleChoiceQuestion:
        if raw.correct_choice_idx >= len(raw.choices):
            problem = f"the index {raw.correct_choice_idx} is out of range for {len(raw.choices)} choices"
            raise SourceError(problem, file=file, record=f"question {key}", field="correct_choice_idx")
        options = tuple(choice.strip() for choice in raw.choices)
        return MultipleChoiceQuestion(
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
