"""Bad raw files of region sources raise an error with file, record and field, or are skipped and counted."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.errors import MissingFilesError, PictureError, SourceError, UnsafePathError
from tests.builders import raw_regions as raw
from tests.builders.raw_files import rows

BOX = (10, 20, 30, 40)
TEXTS = ("naïve ☕ 猫 {question} ||||", "long " * 4000 + "end")


@dataclass(frozen=True)
class Case:
    """A source with two valid records, of which a test corrupts the first.

    Attributes:
        make: Two pictures with one record each; takes the texts of both.
        items: The list, or dict, that the records of the first picture are in.
        places: The names of the two records in messages.
        text: The column that the text comes out in.
        box: What is set to change the box of a record.
    """

    task: str
    file: str
    make: Callable[[str, str], raw.Raw]
    record: Callable[[Any], dict[str, Any]]
    place: str
    text: str = "target"
    box: Callable[[Any, tuple[float, ...]], object] | None = None


def _first(found: Any) -> Any:
    return found[0]


def _set_sides(record: Any, box: tuple[float, ...]) -> None:
    record.update(zip(("x", "y", "width", "height"), box, strict=True))


def _set_bbox(record: Any, box: tuple[float, ...]) -> None:
    record["bbox"] = list(box)


CASES = {
    "regions": Case(
        "GC",
        raw.REGIONS,
        lambda one, two: raw.regions({1: [(one, BOX)], 2: [(two, BOX)]}),
        lambda found: found[0]["regions"][0],
        "picture[0].regions[0]",
        box=_set_sides,
    ),
    "region_sets": Case(
        "region_area",
        raw.REGIONS,
        lambda one, two: raw.regions({1: [(one, BOX)], 2: [(two, BOX)]}),
        lambda found: found[0]["regions"][0],
        "picture[0].regions[0]",
        text="",
        box=_set_sides,
    ),
    "relationships": Case(
        "object_relationship",
        raw.RELATIONSHIPS,
        lambda one, two: raw.relationships(
            {i: [(("a", BOX), t, ("b", (90, 20, 30, 40)))] for i, t in ((1, one), (2, two))}
        ),
        lambda found: found[0]["relationships"][0],
        "picture[0].relationships[0]",
        box=lambda record, box: record["subject"].update(zip("xywh", box, strict=True)),
    ),
    "questions": Case(
        "open-domain_VQA",
        raw.QUESTIONS,
        lambda one, two: raw.questions({1: [(one, "a")], 2: [(two, "b")]}),
        lambda found: found[0]["qas"][0],
        "picture[0].qas[0]",
        text="question",
    ),
    "vaw": Case(
        "visual_attribute",
        raw.VAW,
        lambda one, two: raw.objects(raw.attributed(1, [one], ["x"]), raw.attributed(2, [two], ["x"])),
        _first,
        "object[0]",
        box=lambda record, box: record.update(instance_bbox=list(box)),
    ),
    "coco_text": Case(
        "text_type",
        raw.COCO_TEXT,
        lambda one, two: raw.text_instances({1: [raw.text_instance(one, BOX)], 2: [raw.text_instance(two, BOX)]}),
        lambda found: found["anns"]["1"],
        "anns[1]",
        text="",
        box=_set_bbox,
    ),
    "refs": Case(
        "object_description_generate",
        raw.REFS,
        lambda one, two: raw.refs({1: [("cat", BOX, [one])], 2: [("dog", BOX, [two])]}),
        _first,
        "refs[0]",
    ),
    "instances": Case(
        "object_description_generate",
        raw.INSTANCES,
        lambda one, two: raw.refs({1: [("cat", BOX, [one])], 2: [("dog", BOX, [two])]}),
        lambda found: found["annotations"][0],
        "annotations[0]",
        box=_set_bbox,
    ),
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)

MISSING = [
    *(("regions", field) for field in ("x", "y", "width", "height", "phrase")),
    ("region_sets", "phrase"),
    *(("relationships", field) for field in ("predicate", "subject", "object")),
    *(("questions", field) for field in ("question", "answer")),
    *(("vaw", f) for f in ("image_id", "instance_bbox", "object_name", "positive_attributes", "negative_attributes")),
    *(("coco_text", field) for field in ("bbox", "legibility", "class")),
    *(("refs", field) for field in ("ann_id", "image_id", "split", "sentences")),
    *(("instances", field) for field in ("bbox", "category_id")),
]
WRONG: list[tuple[str, str, Any]] = [
    ("regions", "x", "ten"),
    ("regions", "phrase", 5),
    ("relationships", "predicate", None),
    ("questions", "answer", ["a"]),
    ("vaw", "image_id", "../1"),
    ("vaw", "image_id", "7" * 30),
    ("vaw", "instance_bbox", [1, 2, 3]),
    ("vaw", "positive_attributes", "red"),
    ("coco_text", "bbox", [1, 2, 3, "4"]),
    ("coco_text", "legibility", "readable"),
    ("coco_text", "class", "printed by machine"),
    ("coco_text", "utf8_string", 5),
    ("refs", "image_id", "1"),
    ("refs", "image_id", 77),
    ("refs", "ann_id", 7777),
    ("refs", "split", 3),
    ("instances", "category_id", 99),
    ("instances", "bbox", None),
]


def skipping(root: Path, case: Case, counts: Path) -> tuple[int, dict[str, int]]:
    """The number of examples of a build with `on_error='skip'`, and its counts."""
    found = rows(root, case.task, on_error="skip", report_dir=str(counts))
    return len(found), dict(sum((count.skipped for count in read_counts(counts)), Counter()))


def check(tmp_path: Path, case: Case, content: raw.Raw, field: str) -> None:
    """A corrupt record raises an error with its position, or is skipped and counted; the other record is read."""
    root = content.save(tmp_path / "raw")
    with pytest.raises(SourceError) as caught:
        rows(root, case.task)
    assert (caught.value.file, caught.value.record) == (case.file, case.place)
    assert caught.value.field == field or caught.value.field.startswith(f"{field}[")
    assert skipping(root, case, tmp_path / "counts") == (1, {"bad_record": 1})


@pytest.mark.parametrize(("name", "field"), MISSING)
def test_records_that_lack_a_field(tmp_path: Path, name: str, field: str) -> None:
    """A record without a required field raises an error with the field."""
    case = CASES[name]
    content = case.make("one", "two")
    del case.record(content.documents[case.file])[field]
    check(tmp_path, case, content, field)


@pytest.mark.parametrize(("name", "field", "value"), WRONG)
def test_records_with_a_wrong_value(tmp_path: Path, name: str, field: str, value: Any) -> None:
    """A value of another type, an unknown label and an unknown id raise an error with the field."""
    case = CASES[name]
    content = case.make("one", "two")
    case.record(content.documents[case.file])[field] = value
    check(tmp_path, case, content, field)


@pytest.mark.parametrize(
    ("name", "field"),
    [("regions", "region_id"), ("relationships", "relationship_id"), ("questions", "qa_id"), ("coco_text", "id")],
)
def test_records_without_an_id_are_counted(tmp_path: Path, name: str, field: str) -> None:
    """A record without an id is reported and yields no example; the ids of other records are unchanged."""
    case = CASES[name]
    content = case.make("one", "two")
    del case.record(content.documents[case.file])[field]
    root = content.save(tmp_path / "raw")
    with pytest.raises(SourceError) as caught:
        rows(root, case.task)
    assert (caught.value.file, caught.value.record, caught.value.field) == (case.file, case.place, field)
    assert skipping(root, case, tmp_path / "counts") == (1, {"bad_record": 1})


@pytest.mark.parametrize("name", ["regions", "region_sets", "relationships", "questions"])
def test_pictures_whose_list_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A picture of Visual Genome without a list, or without an id, is named by its position."""
    case = CASES[name]
    for number, change in enumerate((dict.popitem, lambda group: group.update(id=-5, image_id=-5))):
        content = case.make("one", "two")
        change(content.documents[case.file][0])
        root = content.save(tmp_path / f"raw{number}")
        with pytest.raises(SourceError, match=rf"{re.escape(case.file)}: record picture\[0\], field"):
            rows(root, case.task)
        assert skipping(root, case, tmp_path / f"counts{number}") == (1, {"bad_record": 1})


def test_a_bad_neighbour_does_not_spoil_a_region(tmp_path: Path) -> None:
    """An unreadable region is counted; the other regions of its picture are read."""
    content = raw.regions({1: [("one", BOX), ("two", (90, 20, 30, 40)), ("three", (150, 20, 30, 40))]})
    del content.documents[raw.REGIONS][0]["regions"][1]["phrase"]
    found = skipping(content.save(tmp_path / "raw"), CASES["regions"], tmp_path / "counts")
    assert found == (2, {"bad_record": 1})


@each_case
def test_missing_files_are_named(tmp_path: Path, case: Case) -> None:
    """A missing file raises an error with its name and the archive that may replace it."""
    root = case.make("one", "two").save(tmp_path)
    (root / case.file).unlink()
    with pytest.raises(MissingFilesError, match=rf"{re.escape(case.file)} \(or .*\.zip\)"):
        rows(root, case.task)


@each_case
@pytest.mark.parametrize("share", [0.0, 0.5, 0.98])
def test_files_that_are_cut_off(tmp_path: Path, case: Case, share: float) -> None:
    """An empty or truncated file raises an error with its name, regardless of `on_error`."""
    root = case.make("one", "two").save(tmp_path)
    content = (root / case.file).read_bytes()
    (root / case.file).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SourceError, match=rf"{re.escape(case.file)}: (the JSON ends too early|not a pickle file)"):
        rows(root, case.task, on_error="skip")


@each_case
def test_pictures_that_are_not_there(tmp_path: Path, case: Case) -> None:
    """An id without a picture raises an error with the picture's name, or is skipped and counted."""
    content = case.make("one", "two")
    root = content.save(tmp_path / "raw")
    (root / content.pictures[0]).unlink()
    with pytest.raises(PictureError, match=f"{re.escape(Path(content.pictures[0]).name)}: there is no such image"):
        rows(root, case.task)
    assert skipping(root, case, tmp_path / "counts") == (1, {"picture_missing_or_damaged": 1})


@pytest.mark.parametrize("name", ["regions", "relationships", "vaw"])
def test_sizes_of_pictures_that_are_not_there(tmp_path: Path, name: str) -> None:
    """An unlisted picture that is missing, empty or invalid is skipped and counted."""
    for number, damage in enumerate(
        (Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.write_text("x"))
    ):
        content = CASES[name].make("one", "two")
        del content.documents["visual_genome/image_data.json"]
        root = content.save(tmp_path / f"raw{number}")
        damage(root / content.pictures[0])
        found = skipping(root, CASES[name], tmp_path / f"counts{number}")
        assert found == (1, {"picture_missing_or_damaged": 1})


@pytest.mark.parametrize("box", [(300, 20, 30, 40), (-50, 20, 30, 40), (10, 20, 0, 40), (10, 20, 30, -40)])
@pytest.mark.parametrize("case", [case for case in CASES.values() if case.box])
def test_boxes_that_are_none(tmp_path: Path, case: Case, box: tuple[float, ...]) -> None:
    """A box outside of the picture or without area is skipped and counted; the other record is read."""
    content = case.make("one", "two")
    assert case.box is not None
    case.box(case.record(content.documents[case.file]), box)
    found = rows(content.save(tmp_path / "raw"), case.task, report_dir=str(tmp_path / "counts"))
    assert len(found) == 1
    counts = dict(sum((count.skipped for count in read_counts(tmp_path / "counts")), Counter()))
    assert counts == {"too_few_boxes" if case.task == "region_area" else "box_too_small_or_outside": 1}


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.text])
def test_texts_come_through_unchanged(tmp_path: Path, case: Case) -> None:
    """Non-ASCII, very long texts, braces and separators reach the example unchanged."""
    found = rows(case.make(*TEXTS).save(tmp_path), case.task)
    assert [row[case.text] for row in found] == list(TEXTS)


def test_names_of_pictures_that_leave_the_data_dir(tmp_path: Path) -> None:
    """A picture name of COCO-Text that leaves the folder is refused."""
    content = CASES["coco_text"].make("one", "two")
    content.documents[raw.COCO_TEXT]["imgs"]["1"]["file_name"] = "../../secret.jpg"
    with pytest.raises(UnsafePathError, match="not a plain path below the data dir"):
        rows(content.save(tmp_path), "text_type")


@pytest.mark.parametrize(
    ("change", "record", "field"),
    [
        (lambda content: content["anns"]["1"].update(image_id=77), "anns[1]", "image_id"),
        (lambda content: content["imgs"]["1"].pop("set"), "imgs[1]", "set"),
        (lambda content: content["imgs"]["1"].pop("width"), "imgs[1]", "width"),
    ],
)
def test_texts_without_a_good_picture_record(
    tmp_path: Path, change: Callable[[Any], object], record: str, field: str
) -> None:
    """A text whose picture is missing or invalid in the file is reported in every split."""
    content = CASES["coco_text"].make("one", "two")
    change(content.documents[raw.COCO_TEXT])
    with pytest.raises(SourceError) as caught:
        rows(content.save(tmp_path), "text_type")
    assert (caught.value.record, caught.value.field) == (record, field)
