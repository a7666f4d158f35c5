"""RefCOCO, RefCOCO+, RefCOCOg and VAW: known errors of the original preprocessors, and unsafe pickle files."""

import os
import pickle
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.errors import SourceError
from tests.builders.raw_files import rows
from tests.builders.raw_regions import INSTANCES, REFS, VAW_2, XYWH, attributed, objects, refs

Object = tuple[str, XYWH, Sequence[str]]

LEFT: Object = ("dog", (0, 0, 40, 40), ["left dog", "the dog that sleeps"])
RIGHT: Object = ("dog", (150, 0, 40, 40), ["right dog"])
CUPS: list[Object] = [("cup", (22 * i, 60, 18, 18), []) for i in range(8)]


def test_each_expression_is_an_example_and_all_of_an_object_are_accepted(tmp_path: Path) -> None:
    """Every expression is asked for; where one is to be found, the others for the same object count as well."""
    raw = refs({1: [LEFT, RIGHT]})
    found = rows(raw.save(tmp_path), "object_description_generate")
    assert [(row["unique_id"].rpartition("/")[2], row["target"], row["answers"]) for row in found] == [
        ("1000", "left dog", ["left dog", "the dog that sleeps"]),
        ("1001", "the dog that sleeps", ["the dog that sleeps", "left dog"]),
        ("1010", "right dog", ["right dog"]),
    ]
    assert found[0]["region"] == [[0.0, 0.0, 40.0, 40.0]]
    located = [(row["text"], row["target"]) for row in rows(tmp_path, "descriptive_object_region_generate")]
    assert located == [("left dog", "0 0 40 40"), ("the dog that sleeps", "0 0 40 40"), ("right dog", "150 0 190 40")]


def test_the_data_of_refer_are_read_as_they_are(tmp_path: Path) -> None:
    """The data folder of REFER has one folder per corpus, and the pictures in images/mscoco/images/."""
    root = refs({1: [LEFT]}).save(tmp_path)
    for file in (INSTANCES, REFS):
        (root / file).rename(root / "refcoco" / Path(file).name)
    (root / "images/mscoco/images").mkdir(parents=True)
    (root / "MSCOCO2014/train2014").rename(root / "images/mscoco/images/train2014")
    found = rows(root, "object_description_generate")
    assert [row["target"] for row in found] == ["left dog", "the dog that sleeps"]
    picture = root / "images/mscoco/images/train2014/COCO_train2014_000000000001.jpg"
    assert found[0]["images"] == [{"path": str(picture), "bytes": None}]


def test_the_three_corpora_share_no_id(tmp_path: Path) -> None:
    """Expressions of the same number in the three corpora are three examples."""
    raw = refs({1: [LEFT]})
    for folder, splitter in (("refcoco+", "unc"), ("refcocog", "google")):
        raw.documents[f"{folder}/{folder}/instances.json"] = raw.documents[INSTANCES]
        raw.documents[f"{folder}/{folder}/refs({splitter}).p"] = raw.documents[REFS]
    ids = {row["unique_id"] for row in rows(raw.save(tmp_path), "object_description_generate")}
    assert ids == {
        f"{source}/object_description_generate/{key}"
        for source in ("refcoco", "refcoco_plus", "refcocog")
        for key in (1000, 1001)
    }


def test_boxes_to_choose_from_are_few_and_no_crowds(tmp_path: Path) -> None:
    """Six boxes at most, never a crowd or nearly the same box, and other objects of the kind before all others."""
    crowd: Object = ("dog", (100, 40, 90, 50), [])
    twin: Object = ("dog", (1, 1, 40, 40), [])
    pictures = range(1, 9)
    raw = refs({i: [LEFT, RIGHT, crowd, twin, *CUPS] for i in pictures}, crowds=[100 * i + 2 for i in pictures])
    for row in rows(raw.save(tmp_path), "descriptive_object_region_select"):
        assert len(row["options"]) == 6
        assert {"150 0 190 40"} <= set(row["options"])
        assert not {"100 40 190 90"} & set(row["options"])
        assert len({"0 0 40 40", "1 1 41 41"} & set(row["options"])) == 1


def test_an_object_alone_is_no_choice(tmp_path: Path) -> None:
    """A picture with a single object is skipped where boxes are to choose from."""
    raw = refs({1: [LEFT]})
    assert rows(raw.save(tmp_path / "raw"), "descriptive_object_region_select", report_dir=str(tmp_path / "c")) == []
    assert sum((c.skipped for c in read_counts(tmp_path / "c")), Counter[str]()) == {"too_few_other_boxes": 2}


def test_only_the_asked_split_is_read(tmp_path: Path) -> None:
    """Expressions of val are validation, those of test are in no split."""
    raw = refs({1: [LEFT], 2: [RIGHT], 3: [RIGHT]})
    for ref, part in zip(raw.documents[REFS], ("train", "val", "testA"), strict=True):
        ref["split"] = part
    raw.save(tmp_path)
    found = {s: len(rows(tmp_path, "object_description_generate", s)) for s in ("train", "validation")}
    assert found == {"train": 2, "validation": 1}


class Evil:
    """Creates a folder when it is unpickled with the standard library."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_in_a_pickle_is_called(tmp_path: Path, protocol: int) -> None:
    """A pickle that calls a function is refused with the function's name, and the function is not called."""
    refs({1: [LEFT]}).save(tmp_path)
    (tmp_path / REFS).write_bytes(pickle.dumps([Evil(tmp_path / "touched")], protocol))
    with pytest.raises(
        SourceError, match=rf"{re.escape(REFS)}: the file refers to .*mkdir; only plain values are allowed"
    ):
        rows(tmp_path, "object_description_generate")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "incomplete"),
        (b"\x80\x02]q\x00}", "incomplete"),
        (b"[]", "incomplete"),
        (pickle.dumps({"refs": []}, 2), "expected a list, but got dict"),
        (b"\x80\x02K\x01Q.", "the file refers to a persistent object"),
        (b"\x80\x02]K\x01\x85R.", "incomplete"),
        (b"\x80\x02]q\x00h\x00a.", r"record \[0\]: not a plain record"),
    ],
    ids=["empty", "cut", "json", "dict", "persistent", "call", "cycle"],
)
def test_pickles_that_are_something_else(tmp_path: Path, content: bytes, problem: str) -> None:
    """A pickle that is cut off, or holds no list of records, is an error that names the file."""
    refs({1: [LEFT]}).save(tmp_path)
    (tmp_path / REFS).write_bytes(content)
    with pytest.raises(SourceError, match=f"{re.escape(REFS)}.*{problem}"):
        rows(tmp_path, "object_description_generate")


def test_pickles_of_python_2_are_read(tmp_path: Path) -> None:
    """Byte strings, as Python 2 wrote them, become text."""
    raw = refs({1: [LEFT]})
    raw.save(tmp_path)
    # Protocol 2 of Python 2 wrote short byte strings (U) where Python 3 writes unicode (X).
    content = (tmp_path / REFS).read_bytes()
    (tmp_path / REFS).write_bytes(re.sub(rb"X(.)\0\0\0", rb"U\1", content, flags=re.DOTALL))
    assert rows(tmp_path, "object_description_generate")[0]["target"] == "left dog"


# VAW ----------------------------------------------------------------------------------------------------------------


def test_attributes_to_choose_from_are_few_and_denied(tmp_path: Path) -> None:
    """One positive attribute and at most five negative ones, none of them positive too; the object's name is there."""
    negative = [f"not {number}" for number in range(20)]
    raw = objects(*(attributed(i, ["red", "shiny"], [*negative, "Red", "shiny"], "car") for i in range(1, 21)))
    found = rows(raw.save(tmp_path), "visual_attribute")
    assert {row["target"] for row in found} == {"red", "shiny"}
    for row in found:
        assert len(set(row["options"]) & set(negative)) == len(row["options"]) - 1 == 5
        assert (row["text"], row["region"]) == ("car", [[10.0, 20.0, 40.0, 60.0]])


def test_objects_without_both_kinds_of_attributes_are_counted(tmp_path: Path) -> None:
    """An object without positive or without negative attributes is skipped."""
    raw = objects(attributed(1, [], ["red"]), attributed(2, ["red"], []), attributed(3, ["red"], ["blue"]))
    found = rows(raw.save(tmp_path / "raw"), "visual_attribute", report_dir=str(tmp_path / "counts"))
    assert [row["unique_id"] for row in found] == ["vaw/visual_attribute/3001"]
    skips = sum((count.skipped for count in read_counts(tmp_path / "counts")), Counter[str]())
    assert skips == {"no_attribute_to_tell_apart": 2}


def test_both_training_files_are_read(tmp_path: Path) -> None:
    """The training split is in two files, and a bad record is named by the file that has it."""
    raw = objects(attributed(1, ["red"], ["blue"]), attributed(2, ["red"], ["blue"]))
    assert len(rows(raw.save(tmp_path), "visual_attribute")) == 2
    del raw.documents[VAW_2][0]["positive_attributes"]
    with pytest.raises(SourceError, match=r"train_part2\.json: record object\[0\], field positive_attributes"):
        rows(raw.save(tmp_path), "visual_attribute")
