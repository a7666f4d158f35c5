"""Half a surrogate pair or a byte order mark costs no record but the one that has it."""

import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.errors import SourceError
from tests.builders.raw_files import rows, write_captions

MARK = b"\xef\xbb\xbf"
FILE = "MSCOCO2014/annotations/captions_train2014.json"


def build(root: Path, counts: Path) -> tuple[list[str], dict[str, int]]:
    found = rows(root, "image_caption", on_error="skip", report_dir=str(counts))
    skipped: Counter[str] = sum((count.skipped for count in read_counts(counts)), Counter())
    return [row["target"] for row in found], dict(skipped)


@pytest.mark.parametrize("escape", [r"\ud83d", r"\uDE00", r"\ud83d!", r"\ud83d\u0041"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_lone_surrogate_costs_one_record(tmp_path: Path, escape: str, packed: bool) -> None:
    """The record is counted and the file is read, also from an archive; whole pairs and escaped backslashes stay."""
    path = write_captions(tmp_path / "raw", {1: ["A cat."], 2: ["A HOLE."], 3: ["A \U0001f600 and \\\\ud83d."]})
    path.write_text(path.read_text().replace("HOLE", escape))
    if packed:
        with zipfile.ZipFile(path.parent.parent / "annotations_trainval2014.zip", "w") as archive:
            archive.write(path, "annotations/captions_train2014.json")
        path.unlink()
    with pytest.raises(SourceError, match=r"annotations\[1\]: a text has half of a surrogate pair"):
        rows(tmp_path / "raw", "image_caption")
    assert build(tmp_path / "raw", tmp_path / "counts") == (
        ["A cat.", "A \U0001f600 and \\\\ud83d."],
        {"bad_record": 1},
    )


def test_a_lone_surrogate_in_an_unused_text_costs_nothing(tmp_path: Path) -> None:
    """Only a text that is read can spoil a record."""
    path = write_captions(tmp_path / "raw", {1: ["A cat."]})
    path.write_text(path.read_text().replace('"caption"', r'"licence": "\ud83d", "caption"'))
    assert build(tmp_path / "raw", tmp_path / "counts") == (["A cat."], {})


@pytest.mark.parametrize("escape", [r"\ud83d", r"\uDE00"])
def test_a_lone_surrogate_may_be_the_last_character(tmp_path: Path, escape: str) -> None:
    """The end of the file is no reason to take half of a pair for a truncated download."""
    path = write_captions(tmp_path / "raw", {1: ["A cat."], 2: ["A HOLE"]})
    path.write_text(path.read_text().replace("HOLE", escape))
    assert path.read_text().endswith(f'{escape}"}}]}}')
    assert build(tmp_path / "raw", tmp_path / "counts") == (["A cat."], {"bad_record": 1})


def test_a_byte_order_mark_costs_nothing(tmp_path: Path) -> None:
    """A file is read with a byte order mark as without one, also with a lone surrogate in it."""
    path = write_captions(tmp_path / "raw", {1: ["A cat."], 2: ["A HOLE."]})
    path.write_bytes(MARK + path.read_bytes().replace(b"HOLE", rb"\udc00"))
    assert build(tmp_path / "raw", tmp_path / "counts") == (["A cat."], {"bad_record": 1})


def test_json_lines_with_a_byte_order_mark(tmp_path: Path) -> None:
    """The first line is read without the mark, and a bad line is counted alone."""
    folder = tmp_path / "raw/nlvr/nlvr/nlvr/dev"
    (folder / "images").mkdir(parents=True)
    line = {"identifier": "1-0", "directory": "2", "sentence": "There is a HOLE.", "label": "true"}
    other = {**line, "identifier": "2-0"}
    text = "\n".join([json.dumps(line).replace("HOLE", "box"), json.dumps(other).replace("HOLE", r"\ud83d")])
    (folder / "dev.json").write_bytes(MARK + text.encode())
    with pytest.raises(SourceError, match="there is no such image"):
        rows(tmp_path / "raw", "natural_language_visual_reasoning", "validation")
    list(
        rows(
            tmp_path / "raw",
            "natural_language_visual_reasoning",
            "validation",
            on_error="skip",
            report_dir=str(tmp_path / "c"),
        )
    )
    skipped: Counter[str] = sum((count.skipped for count in read_counts(tmp_path / "c")), Counter())
    assert skipped == {"picture_missing_or_damaged": 1, "bad_record": 1}
