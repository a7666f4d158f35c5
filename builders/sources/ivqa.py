"""iVQA: questions about clips of instructional videos, with five answers each."""

from __future__ import annotations

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.hashing import hash_text

from ..files.csv_tables import read_csv
from ..files.json_tables import require_file
from ..files.root import DataRoot
from ..files.tables import ListTable, Table
from .msvd_msrvtt_qa import VideoQuestion
from .spec import Files, Source
from .texts import majority_answer

__all__ = ["IVQA", "read_ivqa"]

FOLDER = "iVQA"
_SITE = "https://github.com/antoyang/just-ask"

IVQA = Source(
    name="ivqa",
    title="iVQA",
    licence="annotations Apache-2.0; videos under the terms of YouTube and of their owners",
    homepage="https://antoyang.github.io/just-ask.html",
    downloads=(_SITE,),
    splits={
        "validation": Files((f"{FOLDER}/val.csv",), (f"{FOLDER}/video",), are_videos=True),
        "test": Files((f"{FOLDER}/test.csv",), (f"{FOLDER}/video",), are_videos=True),
    },
    note=f"Put val.csv and test.csv, which the repository links to, into {FOLDER}/. The clips are sent on request by "
    f"form; put them into {FOLDER}/video/ as <video_id>.mp4.",
    size="annotations 2 MB; 10 000 clips of 7 to 30 seconds",
    verified="train.csv, val.csv and test.csv in one folder with a folder video/ (antoyang/just-ask: README.md), and "
    "the columns answer1 to answer5 (antoyang/just-ask: preproc/preproc_ivqa.py).",
    unverified="The names of the clips, which are sent on request, and whether a file has the columns start and end.",
)


def read_ivqa(root: DataRoot, files: Files) -> Table[VideoQuestion]:
    """Every question of a split."""
    (file,) = files.annotations
    kind = _Clip if {"start", "end"} <= _header(root, file) else _Row
    rows = read_csv(root, file, kind=kind)
    records, errors = list[VideoQuestion](), list[SourceError](rows.errors)
    for row in rows.valid:
        try:
            records.append(_record(file, row))
        except SourceError as error:
            errors.append(error)
    return ListTable(file, records, orphans=errors)


class _Row(msgspec.Struct):
    video_id: str
    question: str
    answer1: str
    answer2: str
    answer3: str
    answer4: str
    answer5: str


class _Clip(_Row):
    """A row that also has the start and end of the clip."""

    start: str
    end: str


def _header(root: DataRoot, file: str) -> set[str]:
    with require_file(root, file).open() as stream:
        return {name.strip().decode("utf-8", "replace") for name in stream.readline().split(b",")}


def _record(file: str, row: _Row) -> VideoQuestion:
    cells = (getattr(row, f"answer{number}").strip() for number in range(1, 6))
    answers = tuple(cell for cell in cells if cell)
    return VideoQuestion(
        # The file has no ids; the clip and its question identify a row.
        key=f"{row.video_id}-{hash_text(row.question):016x}",
        video=f"{row.video_id}.mp4",
        text=row.question.strip(),
        answer=majority_answer(answers),
        answers=answers,
        span=_span(file, row) if isinstance(row, _Clip) else None,
    )


def _span(file: str, row: _Clip) -> tuple[float, float]:
    for name in ("start", "end"):
        try:
            float(getattr(row, name))
        except ValueError as error:
            raise SourceError(str(error), file=file, record=f"video {row.video_id}", field=name) from error
    return float(row.start), float(row.end)
