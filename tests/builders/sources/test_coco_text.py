"""COCO-Text: what the original preprocessor got wrong, one by one, on raw files that show it."""

from collections import Counter
from pathlib import Path

from instraug_datasets.builders.adapters.verbalizers import VERBALIZERS
from instraug_datasets.builders.generation.counts import read_counts
from tests.builders.raw_files import rows
from tests.builders.raw_regions import COCO_TEXT, writing, writings

STOP, EXIT, BUS = (writing(text, (60 * i, 0, 50, 50)) for i, text in enumerate(["STOP", "EXIT", "BUS"]))


def skipped(folder: Path) -> dict[str, int]:
    return dict(sum((count.skipped for count in read_counts(folder)), Counter()))


def test_labels_are_drawn_for_every_example(tmp_path: Path) -> None:
    """All pairs of labels turn up in one build, each with its own word for what can be read and what cannot."""
    raw = writings({i: [STOP, writing(None, (100, 50, 50, 40))] for i in range(1, 41)})
    found = rows(raw.save(tmp_path), "text_legibility")
    pairs = {frozenset(pair): pair for pair in VERBALIZERS["text_legibility"]}
    assert {frozenset(row["options"]) for row in found} == set(pairs)
    for row in found:
        legible = row["region"] == [[0.0, 0.0, 50.0, 50.0]]
        assert row["target"] == pairs[frozenset(row["options"])][0 if legible else 1]


def test_degenerate_boxes_are_not_asked_about(tmp_path: Path) -> None:
    """A box of a pixel or two, or outside of the picture, is skipped and counted."""
    raw = writings({1: [STOP, writing("a", (5, 5, 2, 9)), writing("b", (300, 0, 50, 50)), writing("c", (5, 5, 0, 0))]})
    for task in ("text_legibility", "text_type"):
        found = rows(raw.save(tmp_path / "raw"), task, report_dir=str(tmp_path / task))
        assert [row["region"] for row in found] == [[[0.0, 0.0, 50.0, 50.0]]]
        assert skipped(tmp_path / task) == {"box_too_small_or_outside": 3}


def test_types_of_text_are_balanced(tmp_path: Path) -> None:
    """The type that most texts have is thinned out to about as many as there are of all others; those all stay."""
    printed = [writing("a", (0, 0, 50, 50))] * 18
    raw = writings({i: [*printed, writing("b", (0, 0, 50, 50), "handwritten")] for i in range(1, 31)})
    found = Counter(row["target"] for row in rows(raw.save(tmp_path / "raw"), "text_type", report_dir=str(tmp_path)))
    assert found["handwritten"] == 30
    assert 15 <= found["machine printed"] <= 50


def test_types_of_one_kind_all_stay(tmp_path: Path) -> None:
    """A split with a single type is not thinned out to nothing; the options are all the types that the file knows."""
    found = rows(writings({1: [STOP, EXIT]}).save(tmp_path), "text_type")
    assert [sorted(row["options"]) for row in found] == [["handwritten", "machine printed", "others"]] * 2


def test_only_texts_with_room_for_their_letters_are_read(tmp_path: Path) -> None:
    """500 square pixels a character are needed; what is smaller is neither asked for nor offered."""
    small = writing("MANY LETTERS", (0, 60, 60, 30))
    raw = writings({1: [STOP, EXIT, small], 2: [STOP, small]})
    found = rows(raw.save(tmp_path / "raw"), "text_localization", report_dir=str(tmp_path / "counts"))
    assert [(row["text"], sorted(row["options"])) for row in found] == [
        ("STOP", ["0 0 50 50", "60 0 110 50"]),
        ("EXIT", ["0 0 50 50", "60 0 110 50"]),
    ]
    assert skipped(tmp_path / "counts") == {"text_too_small": 2, "too_few_other_boxes": 1}


def test_the_same_text_elsewhere_is_no_option(tmp_path: Path) -> None:
    """Where a picture says STOP twice, or Stop as a part of more, only one of them is offered."""
    raw = writings({1: [STOP, writing("Stop!", (0, 50, 100, 50)), writing("stop", (100, 50, 100, 50)), EXIT]})
    (row,) = (row for row in rows(raw.save(tmp_path), "text_localization") if row["text"] == "STOP")
    assert sorted(row["options"]) == ["0 0 50 50", "60 0 110 50"]


def test_wrong_texts_differ_from_the_right_one(tmp_path: Path) -> None:
    """A negative is another text of the picture, never the same one, and both answers come up."""
    again = writing("stop", (0, 50, 100, 50))
    found = rows(writings({i: [STOP, again, BUS] for i in range(1, 41)}).save(tmp_path), "region_text_match")
    of_stop = [row for row in found if row["region"] == [[0.0, 0.0, 50.0, 50.0]]]
    assert {(row["text"], row["meta"]["positive"]) for row in of_stop} == {("STOP", True), ("BUS", False)}


def test_splits_are_those_of_the_pictures(tmp_path: Path) -> None:
    """Train and val are told by the picture, test is no split of ours, and ids are those of the texts."""
    raw = writings({1: [STOP, EXIT], 2: [BUS], 3: [BUS]})
    for image_id, part in (("2", "val"), ("3", "test")):
        raw.documents[COCO_TEXT]["imgs"][image_id]["set"] = part
    raw.save(tmp_path)
    found = {s: [row["unique_id"] for row in rows(tmp_path, "text_type", s)] for s in ("train", "validation")}
    assert found == {
        "train": ["coco_text/text_type/1", "coco_text/text_type/2"],
        "validation": ["coco_text/text_type/3"],
    }
