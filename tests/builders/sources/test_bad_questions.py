"""Bad raw files of question-answering and image-quality sources raise a clear error, or are skipped and counted."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.errors import MissingFilesError, PictureError, SourceError, UnsafePathError
from tests.builders.raw_files import rows, write_json
from tests.builders.raw_questions import (
    write_gqa,
    write_ok_vqa,
    write_pointing,
    write_tdiuc,
    write_telling,
    write_textvqa,
    write_votes,
)

GONE = object()
"""Marks a missing field."""

BOXES = {i: (20 * i, 10, 15, 15) for i in range(5)}
THREE = ("A.", "B.", "C.")


@dataclass(frozen=True)
class Case:
    """A source with three records.

    Attributes:
        write: Writes the raw files, and returns the one to spoil.
        second: The second record of its content.
        picture: The picture of the second record alone; of all, where there is only one.
        others: How many examples are left when the second record is bad.
    """

    task: str
    split: str
    write: Callable[[Path], Path]
    second: Callable[[Any], dict[str, Any]]
    picture: str
    others: int = 2


def _coco(image_id: int) -> str:
    return f"MSCOCO2014/train2014/COCO_train2014_{image_id:012d}.jpg"


def _ok_vqa(root: Path) -> tuple[Path, Path]:
    return write_ok_vqa(root, [(i, "What?", ["a", "b", "b"]) for i in (1, 2, 3)])


def _tdiuc(root: Path) -> tuple[Path, Path]:
    return write_tdiuc(root, [("color", "What color?", color) for color in ("red", "blue", "green")])


CASES = {
    "ok_vqa questions": Case(
        "open-domain_VQA", "train", lambda root: _ok_vqa(root)[0], lambda content: content["questions"][1], _coco(2)
    ),
    "ok_vqa annotations": Case(
        "open-domain_VQA", "train", lambda root: _ok_vqa(root)[1], lambda content: content["annotations"][1], _coco(2)
    ),
    "tdiuc questions": Case(
        "VQA_color", "train", lambda root: _tdiuc(root)[0], lambda content: content["questions"][1], _coco(1)
    ),
    "tdiuc annotations": Case(
        "VQA_color", "train", lambda root: _tdiuc(root)[1], lambda content: content["annotations"][1], _coco(1)
    ),
    "gqa": Case(
        "open-domain_VQA",
        "train",
        lambda root: write_gqa(root, {f"q{i}": (str(i), "Is it?", "no") for i in (1, 2, 3)}),
        lambda content: content["q2"],
        "GQA/images/2.jpg",
    ),
    "textvqa": Case(
        "text_vqa",
        "test",
        lambda root: write_textvqa(root, [(f"0{i}", "what?", ["a", "b", "b"]) for i in (1, 2, 3)]),
        lambda content: content["data"][1],
        "TextVQA/train_val/train_images/02.jpg",
    ),
    "telling": Case(
        "VQA",
        "train",
        lambda root: write_telling(root, [("What?", "D.", THREE)] * 3),
        lambda content: content["images"][1]["qa_pairs"][0],
        "visual7w/images/v7w_2.jpg",
    ),
    "telling pictures": Case(
        "VQA",
        "train",
        lambda root: write_telling(root, [("What?", "D.", THREE)] * 3),
        lambda content: content["images"][1],
        "visual7w/images/v7w_2.jpg",
    ),
    "pointing": Case(
        "grounded_VQA",
        "test",
        lambda root: write_pointing(root, BOXES, [("Which?", 0, [1, 2, 3])] * 3),
        lambda content: content["images"][1]["qa_pairs"][0],
        "visual7w/images/v7w_2.jpg",
    ),
    "pointing boxes": Case(
        "grounded_VQA",
        "test",
        lambda root: write_pointing(
            root, BOXES, [("Which?", 0, [2, 3, 4]), ("Which?", 0, [1, 2, 3]), ("Which?", 4, [0, 2, 3])]
        ),
        lambda content: content["boxes"][1],
        "visual7w/images/v7w_2.jpg",
    ),
    "votes": Case(
        "image_quality",
        "train",
        lambda root: write_votes(root, {f"{i}.jpg": {"BLR": 3} for i in (1, 2, 3)}),
        lambda content: content[1],
        "vizwiz_image_quality/train/2.jpg",
    ),
    "votes on flaws": Case(
        "image_quality",
        "train",
        lambda root: write_votes(root, {f"{i}.jpg": {"BLR": 3} for i in (1, 2, 3)}),
        lambda content: content[1]["flaws"],
        "vizwiz_image_quality/train/2.jpg",
    ),
}

BAD_FIELDS = [
    ("ok_vqa questions", "question", GONE),
    ("ok_vqa questions", "question", 5),
    ("ok_vqa questions", "image_id", "x"),
    ("ok_vqa annotations", "answers", GONE),
    ("ok_vqa annotations", "answers", [{"raw_answer": "a"}]),
    ("tdiuc questions", "question", None),
    ("tdiuc questions", "image_id", GONE),
    ("tdiuc annotations", "question_type", GONE),
    ("tdiuc annotations", "question_type", "colour"),
    ("tdiuc annotations", "answers", []),
    ("gqa", "imageId", GONE),
    ("gqa", "imageId", [7]),
    ("gqa", "question", GONE),
    ("gqa", "answer", GONE),
    ("gqa", "answer", ["no"]),
    ("textvqa", "question_id", GONE),
    ("textvqa", "question_id", -1),
    ("textvqa", "image_id", [7]),
    ("textvqa", "question", GONE),
    ("textvqa", "answers", GONE),
    ("textvqa", "answers", "a"),
    ("telling", "qa_id", GONE),
    ("telling", "question", GONE),
    ("telling", "answer", 3),
    ("telling", "multiple_choices", GONE),
    ("telling", "type", GONE),
    ("telling pictures", "filename", GONE),
    ("telling pictures", "split", GONE),
    ("telling pictures", "image_id", "x"),
    ("telling pictures", "qa_pairs", {}),
    ("pointing", "answer", "1"),
    ("pointing", "answer", 99),
    ("pointing", "multiple_choices", [1, 2, 99]),
    ("pointing boxes", "x", GONE),
    ("pointing boxes", "width", "wide"),
    ("pointing boxes", "name", GONE),
    ("votes", "image", GONE),
    ("votes", "flaws", GONE),
    ("votes", "flaws", [3]),
    ("votes on flaws", "NON", GONE),
    ("votes on flaws", "BLR", -1),
]

FILES = {
    name: case for name, case in CASES.items() if name not in ("telling pictures", "pointing boxes", "votes on flaws")
}
"""The cases, without a second case for the same file."""

each_case = pytest.mark.parametrize("case", FILES.values(), ids=FILES)


def put(case: Case, root: Path, field: str, value: Any) -> Path:
    """Write the raw files with another value in the second record."""
    path = case.write(root)
    content = json.loads(path.read_text(encoding="utf-8"))
    if value is GONE:
        del case.second(content)[field]
    else:
        case.second(content)[field] = value
    return write_json(path, content)


def skipped(root: Path, case: Case, counts: Path) -> tuple[int, dict[str, int]]:
    """The number of examples of a build with `on_error='skip'`, and its counts."""
    found = rows(root, case.task, case.split, on_error="skip", report_dir=str(counts))
    return len(found), dict(sum((count.skipped for count in read_counts(counts)), Counter()))


@pytest.mark.parametrize(("name", "field", "value"), BAD_FIELDS)
def test_a_record_with_a_bad_field(tmp_path: Path, name: str, field: str, value: Any) -> None:
    """The error names file, record and field; `on_error='skip'` counts it and yields the other records."""
    case, root = CASES[name], tmp_path / "raw"
    path = put(case, root, field, value)
    with pytest.raises(SourceError) as caught:
        rows(root, case.task, case.split)
    assert caught.value.file == path.relative_to(root).as_posix()
    assert field in caught.value.field
    assert caught.value.record
    assert skipped(root, case, tmp_path / "counts") == (case.others, {"bad_record": 1})


def test_a_flaw_outside_the_label_set(tmp_path: Path) -> None:
    """A vote for an unknown flaw raises an error."""
    path = put(CASES["votes on flaws"], tmp_path, "XYZ", 1)
    with pytest.raises(SourceError, match=rf"{path.name}: record pictures\[1\].*unknown field `XYZ`"):
        rows(tmp_path, "image_quality")


@pytest.mark.parametrize("name", ["ok_vqa questions", "ok_vqa annotations", "tdiuc questions", "tdiuc annotations"])
def test_questions_and_annotations_that_do_not_join(tmp_path: Path, name: str) -> None:
    """A question without annotation, and an annotation without question, are both named and both counted."""
    case, root = CASES[name], tmp_path / "raw"
    put(case, root, "question_id", 77)
    with pytest.raises(SourceError, match=r"record (questions|annotations)\[1\], field question_id: the question"):
        rows(root, case.task, case.split)
    assert skipped(root, case, tmp_path / "counts") == (2, {"bad_record": 2})


@pytest.mark.parametrize("name", ["ok_vqa questions", "textvqa", "telling", "votes"])
def test_repeated_ids(tmp_path: Path, name: str) -> None:
    """The first record of an id is kept, and the other counted."""
    case, root = CASES[name], tmp_path / "raw"
    path = case.write(root)
    content = json.loads(path.read_text(encoding="utf-8"))
    records = {
        "ok_vqa questions": lambda: content["questions"],
        "textvqa": lambda: content["data"],
        "telling": lambda: content["images"][1]["qa_pairs"],
        "votes": lambda: content,
    }[name]()
    write_json(path, (records.append(dict(case.second(content))), content)[1])
    assert skipped(root, case, tmp_path / "counts") == (3, {"repeated_id": 1})


@each_case
def test_a_truncated_file_is_named(tmp_path: Path, case: Case) -> None:
    """A truncated file is not read as a shorter file."""
    path = case.write(tmp_path)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(SourceError, match=rf"{re.escape(path.relative_to(tmp_path).as_posix())}: the JSON ends too"):
        rows(tmp_path, case.task, case.split)


@each_case
@pytest.mark.parametrize(
    ("content", "problem"), [(b"", "ends too early"), (b'"x"', "Expected"), (b"nonsense", "not JSON")]
)
def test_a_file_that_is_something_else(tmp_path: Path, case: Case, content: bytes, problem: str) -> None:
    """An empty file, invalid JSON and JSON of another structure raise an error with the problem."""
    path = case.write(tmp_path)
    path.write_bytes(content)
    with pytest.raises(SourceError, match=rf"{path.name}: .*{problem}"):
        rows(tmp_path, case.task, case.split)


@each_case
def test_missing_files_are_named_with_licence_and_place(tmp_path: Path, case: Case) -> None:
    """An empty data directory raises an error with files, licence, URL and manual steps."""
    with pytest.raises(MissingFilesError) as caught:
        rows(tmp_path, case.task, case.split)
    message = str(caught.value)
    assert case.picture.rpartition("/")[0] in message
    assert re.search(r"Licence: .{8,}\n +Get it from: http", message)
    assert "Put" in message


@each_case
def test_a_missing_picture(tmp_path: Path, case: Case) -> None:
    """A record without its picture raises an error with the picture's name, or is skipped and counted."""
    root = tmp_path / "raw"
    case.write(root)
    (root / case.picture).unlink()
    if case.task == "VQA_color":  # some of its pictures are in no download
        assert skipped(root, case, tmp_path / "counts") == (0, {"picture_not_of_mscoco": 3})
        return
    with pytest.raises(PictureError, match=re.escape(Path(case.picture).name)):
        rows(root, case.task, case.split)
    assert skipped(root, case, tmp_path / "counts") == (2, {"picture_missing_or_damaged": 1})


@pytest.mark.parametrize("name", ["ok_vqa questions", "tdiuc questions", "gqa", "textvqa", "telling", "pointing"])
@pytest.mark.parametrize("text", ["Ünïcödé 猫 \U0001f408, it's {braces}; so?", "a very long text " * 20_000])
def test_any_text_comes_through(tmp_path: Path, name: str, text: str) -> None:
    """Non-ASCII, braces and a third of a million characters reach the example unchanged."""
    case = CASES[name]
    put(case, tmp_path, "question", text)
    assert text.strip() in [row["question"] for row in rows(tmp_path, case.task, case.split)]


@pytest.mark.parametrize(
    ("name", "field"),
    [("gqa", "imageId"), ("textvqa", "image_id"), ("telling pictures", "filename"), ("votes", "image")],
)
def test_paths_that_climb_are_refused(tmp_path: Path, name: str, field: str) -> None:
    """A file name that leaves the folder raises, even if the file exists."""
    case = CASES[name]
    put(case, tmp_path, field, "../../../secret")
    with pytest.raises(UnsafePathError, match="not a plain path below the data dir"):
        rows(tmp_path, case.task, case.split)
