"""Bad raw files of sources of steps, claims, scenes, dialogues, memes and disasters raise an error, or are skipped."""

import csv
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
from tests.builders.raw_text_sources import (
    claim,
    disaster,
    hypothesis,
    meme,
    scene,
    write_articles,
    write_claims,
    write_csv,
    write_dialogs,
    write_disasters,
    write_hypotheses,
    write_lines,
    write_memes,
    write_scenes,
)

GONE = object()
"""Marks a missing field."""

Change = Callable[[Path, str, Any], None]


def change_line(path: Path, field: str, value: Any) -> None:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    put(lines[1], field, value)
    write_lines(path, lines)


def change_row(path: Path, field: str, value: Any) -> None:
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open(encoding="utf-8", newline="") as file:
        content = list(csv.DictReader(file, delimiter=delimiter))
    # A row cannot lack a cell in the middle, but the header can lack a column.
    for row in content if value is GONE else content[1:2]:
        put(row, field, value)
    write_csv(path, content, delimiter)


def change_turn(path: Path, field: str, value: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    dialog = content["data"]["dialogs"][1]
    put(dialog if field in dialog else dialog["dialog"][0], field, value)
    write_json(path, content)


def change_step(path: Path, field: str, value: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    (method,) = content["methods"]
    put(content if field in content else method if field in method else method["steps"][1], field, value)
    write_json(path, content)


def put(record: dict[str, Any], field: str, value: Any) -> None:
    if value is GONE:
        del record[field]
    else:
        record[field] = value


@dataclass(frozen=True)
class Case:
    """A source with three records; `change` corrupts the second one."""

    task: str
    split: str
    write: Callable[[Path], Path]
    change: Change
    picture: str
    text: str
    per_record: int = 1


CASES = {
    "wikihow": Case(
        "wikihow_next_step",
        "train",
        lambda root: write_articles(root)[1],
        change_step,
        "wikihow/data/2_B/image/0-0.jpg",
        "headline",
    ),
    "mocheg": Case(
        "multimodal_factual_checking",
        "train",
        lambda root: write_claims(root, [claim(1), claim(2), claim(3)]),
        change_row,
        "mocheg/mocheg/train/images/2-proof-00.jpg",
        "Claim",
    ),
    "snli_ve": Case(
        "visual_nli",
        "test",
        lambda root: write_hypotheses(root, [hypothesis(1), hypothesis(2), hypothesis(3)]),
        change_line,
        "SNLI-VE/SNLI-VE/data/Flickr30K/images/2.jpg",
        "sentence2",
    ),
    "vcr": Case(
        "commonsense_VQA",
        "test",
        lambda root: write_scenes(root, [scene(1), scene(2), scene(3)]),
        change_line,
        "VCR/vcr1images/film/2@0.jpg",
        "question",
    ),
    "visdial": Case(
        "visual_dialog",
        "test",
        lambda root: write_dialogs(root, {1: [("a", "b")], 2: [("c", "d")], 3: [("e", "f")]}),
        change_turn,
        "visdial/VisualDialog_val2018/VisualDialog_val2018_000000000002.jpg",
        "caption",
    ),
    "hateful_memes": Case(
        "visual_text_extraction",
        "test",
        lambda root: write_memes(root, [meme(1), meme(2), meme(3)]),
        change_line,
        "hateful_memes/img/00002.png",
        "text",
    ),
    "medic": Case(
        "medic_disaster_types",
        "test",
        lambda root: write_disasters(root, [disaster(1), disaster(2), disaster(3)]),
        change_row,
        "MEDIC/data/set/2.jpg",
        "event_name",
    ),
}

BAD_FIELDS = [
    ("wikihow", "headline", GONE),
    ("wikihow", "headline", 5),
    ("wikihow", "img", ["x.jpg"]),
    ("wikihow", "steps", GONE),
    ("wikihow", "methods", {}),
    ("mocheg", "cleaned_truthfulness", "maybe"),
    ("snli_ve", "gold_label", GONE),
    ("snli_ve", "gold_label", "-"),
    ("snli_ve", "pairID", GONE),
    ("snli_ve", "Flickr30K_ID", ["17"]),
    ("snli_ve", "pairID", 5),
    ("snli_ve", "sentence1", GONE),
    ("snli_ve", "sentence2", None),
    ("vcr", "annot_id", GONE),
    ("vcr", "img_fn", GONE),
    ("vcr", "metadata_fn", GONE),
    ("vcr", "metadata_fn", "film/nowhere.json"),
    ("vcr", "objects", GONE),
    ("vcr", "objects", ["person"]),
    ("vcr", "question", "Why?"),
    ("vcr", "question", ["Who", "is", [2], "?"]),
    ("vcr", "question", ["Who", "is", [-1], "?"]),
    ("vcr", "answer_choices", [["A"], ["B"], ["C"]]),
    ("vcr", "answer_choices", [["A"], ["B"], ["C"], [[9]]]),
    ("vcr", "answer_label", 4),
    ("visdial", "image_id", GONE),
    ("visdial", "image_id", "x"),
    ("visdial", "dialog", GONE),
    ("visdial", "question", GONE),
    ("visdial", "question", 99),
    ("visdial", "answer", -1),
    ("visdial", "answer", 99),
    ("hateful_memes", "id", GONE),
    ("hateful_memes", "id", "x"),
    ("hateful_memes", "img", GONE),
    ("hateful_memes", "text", 5),
    ("hateful_memes", "label", 2),
    ("medic", "disaster_types", "volcano"),
]

each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def skipped(root: Path, case: Case, counts: Path) -> tuple[int, dict[str, int]]:
    """How many examples a skipping build gives, and its counts without those of records that are merely unfit."""
    found = rows(root, case.task, case.split, on_error="skip", report_dir=str(counts))
    total: Counter[str] = sum((count.skipped for count in read_counts(counts)), Counter())
    return len(found), {reason: number for reason, number in total.items() if reason != "last_step"}


@pytest.mark.parametrize(("name", "field", "value"), BAD_FIELDS)
def test_a_record_with_a_bad_field(tmp_path: Path, name: str, field: str, value: Any) -> None:
    """The error names file and field, wherever the record stands; a skipping build counts it and gives the others."""
    case = CASES[name]
    path = case.write(tmp_path / "raw")
    case.change(path, field, value)
    with pytest.raises(SourceError) as caught:
        rows(tmp_path / "raw", case.task, case.split)
    assert caught.value.file == path.relative_to(tmp_path / "raw").as_posix()
    assert field in caught.value.field
    assert caught.value.record or name == "wikihow"
    assert skipped(tmp_path / "raw", case, tmp_path / "counts") == (2, {"bad_record": 1})


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("mocheg", "claim_id"),
        ("mocheg", "Claim"),
        ("mocheg", "ruling_outline"),
        ("mocheg", "cleaned_truthfulness"),
        ("medic", "image_path"),
        ("medic", "event_name"),
        ("medic", "disaster_types"),
    ],
)
def test_a_table_without_a_column(tmp_path: Path, name: str, column: str) -> None:
    """A header without a required column raises an error, regardless of `on_error`."""
    case = CASES[name]
    case.change(case.write(tmp_path), column, GONE)
    for on_error in ("raise", "skip"):
        with pytest.raises(SourceError, match=rf"field {column}: the header .* lacks the column"):
            rows(tmp_path, case.task, case.split, on_error=on_error)


@pytest.mark.parametrize("name", ["mocheg", "medic"])
def test_a_row_without_its_last_cells(tmp_path: Path, name: str) -> None:
    """A truncated row raises an error with its line and the missing field; other rows are read."""
    case = CASES[name]
    path = case.write(tmp_path / "raw")
    lines = path.read_text(encoding="utf-8").rstrip("\n").rsplit("\n", 1)
    path.write_text(f"{lines[0]}\n{lines[1].split(',' if name == 'mocheg' else chr(9))[0]}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=rf"{path.name}: record line \d+, field \w+: Expected `str`, got `null`"):
        rows(tmp_path / "raw", case.task, case.split)
    assert skipped(tmp_path / "raw", case, tmp_path / "counts") == (2, {"bad_record": 1})


@each_case
def test_a_truncated_file_is_named(tmp_path: Path, case: Case) -> None:
    """A truncated file is not read as a shorter file."""
    path = case.write(tmp_path)
    content = path.read_bytes().rstrip()
    path.write_bytes(content[: content.rindex(b"two</p>") if path.suffix == ".csv" else -12])
    with pytest.raises(SourceError, match=re.escape(path.relative_to(tmp_path).as_posix())):
        rows(tmp_path, case.task, case.split)


@each_case
def test_an_empty_file(tmp_path: Path, case: Case) -> None:
    """An empty file raises an error with its name, or yields no examples if its format allows no lines."""
    path = case.write(tmp_path)
    path.write_bytes(b"")
    if path.suffix == ".jsonl":
        assert rows(tmp_path, case.task, case.split) == []
        return
    with pytest.raises(SourceError, match=rf"{path.name}: .*(ends too early|lacks the column)"):
        rows(tmp_path, case.task, case.split)


@each_case
def test_bytes_that_are_no_text(tmp_path: Path, case: Case) -> None:
    """A file in another encoding raises an error with its name."""
    path = case.write(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"i", b"\xff", 4))
    with pytest.raises(SourceError, match=re.escape(path.name)):
        rows(tmp_path, case.task, case.split)


@each_case
def test_missing_files_are_named_with_licence_and_place(tmp_path: Path, case: Case) -> None:
    """An empty data directory raises an error with files, licence, URL and manual steps."""
    with pytest.raises(MissingFilesError) as caught:
        rows(tmp_path, case.task, case.split)
    message = str(caught.value)
    assert case.picture.split("/")[0] in message
    assert re.search(r"Licence: .{8,}\n +Get it from: http", message)
    assert "put" in message.lower() or "unpack" in message.lower()


@each_case
def test_a_missing_picture(tmp_path: Path, case: Case) -> None:
    """A record without its picture raises an error with the picture's name, or is skipped and counted."""
    case.write(tmp_path / "raw")
    (tmp_path / "raw" / case.picture).unlink()
    if case.task == "multimodal_factual_checking":  # pictures are found by the claim's id
        assert skipped(tmp_path / "raw", case, tmp_path / "counts") == (2, {"claim_without_picture": 1})
        return
    with pytest.raises(PictureError, match=re.escape(Path(case.picture).name)):
        rows(tmp_path / "raw", case.task, case.split)
    assert skipped(tmp_path / "raw", case, tmp_path / "counts") == (2, {"picture_missing_or_damaged": 1})


@each_case
@pytest.mark.parametrize("text", ["Ünïcödé 猫の絵 \U0001f408, it's {braces}; so?", "a very long text " * 20_000])
def test_any_text_comes_through(tmp_path: Path, case: Case, text: str) -> None:
    """Non-ASCII, braces and a third of a million characters reach the example unchanged."""
    text = text.strip()
    value: Any = text.split(" ") if case.text == "question" else text
    case.change(case.write(tmp_path), case.text, value)
    found = rows(tmp_path, case.task, case.split)
    values = [value for row in found for value in (row["text"], row["question"], row["target"], *row["meta"].values())]
    assert text in values


@pytest.mark.parametrize(
    ("name", "field"), [("wikihow", "img"), ("vcr", "img_fn"), ("vcr", "metadata_fn"), ("hateful_memes", "img")]
)
def test_paths_that_climb_are_refused(tmp_path: Path, name: str, field: str) -> None:
    """A file name that leaves the folder raises, even if the file exists."""
    case = CASES[name]
    path = case.write(tmp_path / "raw")
    case.change(path, field, "../../../../../secret.jpg")
    (tmp_path / "secret.jpg").write_bytes(b"x")
    if name == "wikihow":
        content = json.loads(path.read_text(encoding="utf-8"))
        content["methods"][0]["steps"][0]["img"] = "../../../../../secret.jpg"
        write_json(path, content)
    with pytest.raises(UnsafePathError, match="not a plain path below the data dir"):
        rows(tmp_path / "raw", case.task, case.split)


def test_articles_of_the_split_that_are_not_there(tmp_path: Path) -> None:
    """A missing article of the split is counted, and an article name that leaves the folder is refused."""
    case = CASES["wikihow"]
    case.write(tmp_path / "raw")
    write_json(tmp_path / "raw/wikihow/wikihow_split.json", {"train": ["1_A", "9_Z"], "val": [], "test": []})
    with pytest.raises(SourceError, match=r"wikihow/data/9_Z/wikihow\.json: the article is missing"):
        rows(tmp_path / "raw", case.task)
    assert skipped(tmp_path / "raw", case, tmp_path / "counts") == (1, {"bad_record": 1})
    write_json(tmp_path / "raw/wikihow/wikihow_split.json", {"train": ["../1_A"], "val": [], "test": []})
    with pytest.raises(UnsafePathError):
        rows(tmp_path / "raw", case.task)


def test_boxes_that_do_not_fit_their_objects(tmp_path: Path) -> None:
    """Metadata with fewer boxes than objects, or boxes of three numbers, are named by file and field."""
    path = write_scenes(tmp_path, [scene(1)], [[0, 0, 9, 9, 1]])
    with pytest.raises(SourceError, match=r"val\.jsonl: record val-1, field objects: 2 objects, but 1 boxes"):
        rows(tmp_path, "commonsense_VQA", "test")
    write_scenes(tmp_path, [scene(1)], [[0, 0, 9, 9, 1], [0, 0, 9]])
    with pytest.raises(SourceError, match=r"film/1@0\.json: field boxes\[1\]"):
        rows(tmp_path, "commonsense_VQA", "test")
    assert path.is_file()


def test_tables_of_other_systems_are_read(tmp_path: Path) -> None:
    """A byte order mark and CRLF line ends change nothing, and the caller's CSV field limit is restored."""
    path = write_claims(tmp_path, [claim(1), claim(2)])
    before = rows(tmp_path, "multimodal_factual_checking")
    text = path.read_text(encoding="utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(">one,\n", ">one,  ").replace("\n", "\r\n").encode())
    limit = csv.field_size_limit()
    assert rows(tmp_path, "multimodal_factual_checking") == before
    assert csv.field_size_limit() == limit
