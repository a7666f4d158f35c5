"""COCO-Text: one test per known error of the original preprocessor."""

from collections import Counter
from pathlib import Path

from instraug_datasets.builders.adapters.verbalizers import VERBALIZERS
from instraug_datasets.builders.generation.counts import read_counts
from tests.builders.raw_files import rows
from tests.builders.raw_regions import COCO_TEXT, text_instance, text_instances

STOP, EXIT, BUS = (text_instance(text, (60 * i, 0, 50, 50)) for i, text in enumerate(["STOP", "EXIT", "BUS"]))


def skipped(folder: Path) -> dict[str, int]:
    return dict(sum((count.skipped for count in read_counts(folder)), Counter()))


def test_labels_are_drawn_for_every_example(tmp_path: Path) -> None:
    """One build uses all label pairs, each with the matching labels for legible and illegible text."""
    raw = text_instances({i: [STOP, text_instance(None, (100, 50, 50, 40))] for i in range(1, 41)})
    found = rows(raw.save(tmp_path), "text_legibility")
    pairs = {frozenset(pair): pair for pair in VERBALIZERS["text_legibility"]}
    assert {frozenset(row["options"]) for row in found} == set(pairs)
    for row in found:
        legible = row["region"] == [[0.0, 0.0, 50.0, 50.0]]
        assert row["target"] == pairs[frozenset(row["options"])][0 if legible else 1]


def test_degenerate_boxes_are_not_asked_about(tmp_path: Path) -> None:
    """A box of a pixel or two, or outside of the picture, is skipped and counted."""
    raw = text_instances(
        {
            1: [
                STOP,
                text_instance("a", (5, 5, 2, 9)),
                text_instance("b", (300, 0, 50, 50)),
                text_instance("c", (5, 5, 0, 0)),
            ]
        }
    )
    for task in ("text_legibility", "text_type"):
        found = rows(raw.save(tmp_path / "raw"), task, report_dir=str(tmp_path / task))
        assert [row["region"] for row in found] == [[[0.0, 0.0, 50.0, 50.0]]]
        assert skipped(tmp_path / task) == {"box_too_small_or_outside": 3}


def test_types_of_text_are_balanced(tmp_path: Path) -> None:
    """The majority type is subsampled to about the number of all other texts, which are all kept."""
    printed = [text_instance("a", (0, 0, 50, 50))] * 18
    raw = text_instances({i: [*printed, text_instance("b", (0, 0, 50, 50), "handwritten")] for i in range(1, 31)})
    found = Counter(row["target"] for row in rows(raw.save(tmp_path / "raw"), "text_type", report_dir=str(tmp_path)))
    assert found["handwritten"] == 30
    assert 15 <= found["machine printed"] <= 50


def test_types_of_one_kind_all_stay(tmp_path: Path) -> None:
    """A split with a single type is kept whole; the options are all types of the file."""
    found = rows(text_instances({1: [STOP, EXIT]}).save(tmp_path), "text_type")
    assert [sorted(row["options"]) for row in found] == [["handwritten", "machine printed", "others"]] * 2


def test_only_texts_with_room_for_their_letters_are_read(tmp_path: Path) -> None:
    """Texts with less than 500 square pixels per character are neither asked for nor offered."""
    small = text_instance("MANY LETTERS", (0, 60, 60, 30))
    raw = text_instances({1: [STOP, EXIT, small], 2: [STOP, small]})
    found = rows(raw.save(tmp_path / "raw"), "text_localization", report_dir=str(tmp_path / "counts"))
    assert [(row["text"], sorted(row["options"])) for row in found] == [
        ("STOP", ["0 0 50 50", "60 0 110 50"]),
        ("EXIT", ["0 0 50 50", "60 0 110 50"]),
    ]
    assert skipped(tmp_path / "counts") == {"text_too_small": 2, "too_few_other_boxes": 1}


def test_the_same_text_elsewhere_is_no_option(tmp_path: Path) -> None:
    """Where a picture says STOP twice, or Stop as a part of more, only one of them is offered."""
    raw = text_instances(
        {1: [STOP, text_instance("Stop!", (0, 50, 100, 50)), text_instance("stop", (100, 50, 100, 50)), EXIT]}
    )
    (row,) = (row for row in rows(raw.save(tmp_path), "text_localization") if row["text"] == "STOP")
    assert sorted(row["options"]) == ["0 0 50 50", "60 0 110 50"]


def test_wrong_texts_differ_from_the_right_one(tmp_path: Path) -> None:
    """A negative is another text of the picture, never the same one, and both answers come up."""
    again = text_instance("stop", (0, 50, 100, 50))
    found = rows(text_instances({i: [STOP, again, BUS] for i in range(1, 41)}).save(tmp_path), "region_text_match")
    of_stop = [row for row in found if row["region"] == [[0.0, 0.0, 50.0, 50.0]]]
    assert {(row["text"], row["meta"]["positive"]) for row in of_stop} == {("STOP", True), ("BUS", False)}


def test_splits_are_those_of_the_pictures(tmp_path: Path) -> None:
    """Splits are those of the pictures, the test split is not used, and ids are those of the texts."""
    raw = text_instances({1: [STOP, EXIT], 2: [BUS], 3: [BUS]})
    for image_id, part in (("2", "val"), ("3", "test")):
        raw.documents[COCO_TEXT]["imgs"][image_id]["set"] = part
    raw.save(tmp_path)
    found = {s: [row["unique_id"] for row in rows(tmp_path, "text_type", s)] for s in ("train", "validation")}
    assert found == {
        "train": ["coco_text/text_type/1", "coco_text/text_type/2"],
        "validation": ["coco_text/text_type/3"],
    }
