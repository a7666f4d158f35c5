"""Visual Genome: one test per known error of the original preprocessors."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from instraug_datasets.builders.files.root import DataRoot
from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.builders.sources.visual_genome import VISUAL_GENOME_REGIONS, split_positions
from instraug_datasets.errors import SourceError
from instraug_datasets.styles import parse_boxes
from tests.builders.raw_files import rows
from tests.builders.raw_regions import XYWH, boxes, questions, regions, relationships

CAT = ("a sleeping cat", (0, 0, 40, 40))
DOG = ("one brown hound", (60, 0, 40, 40))
CUP = ("the yellow mug", (120, 0, 40, 40))
KITE = ("some paper kite", (0, 50, 40, 40))
OVERLAPS = boxes((0, 0, 100, 100), (0, 0, 80, 100), (50, 0, 60, 100), (90, 0, 30, 100), (150, 0, 50, 100))
OVERLAP_TASKS = (
    "select_overlap_most_region",
    "select_overlap_least_region",
    "select_overlaped_region",
    "select_nonoverlaped_region",
    "if_region_overlap",
    "region_area",
)


def skipped(folder: Path) -> dict[str, int]:
    return dict(sum((count.skipped for count in read_counts(folder)), Counter()))


@pytest.mark.parametrize(
    ("split", "first", "last"), [("train", 0, 86461), ("validation", 86462, 97269)], ids=["train", "validation"]
)
def test_splits_lose_no_picture(tmp_path: Path, split: str, first: int, last: int) -> None:
    """The real list is cut at the original's positions, and the pictures at the cuts belong to a split."""
    found = split_positions(DataRoot(str(tmp_path)), VISUAL_GENOME_REGIONS.splits[split], 108_077)
    assert np.array_equal(found, np.arange(first, last + 1))


def test_positions_are_taken_from_the_shipped_file(tmp_path: Path) -> None:
    """The index of splits that comes with the original decides where it is there; both its ends belong to a split."""
    raw = regions({i: [CAT] for i in range(1, 6)}, splits={"VG": {"train": [0, 2], "valid": [3, 4]}})
    raw.save(tmp_path)
    found = {
        split: [row["meta"]["image_id"] for row in rows(tmp_path, "GC", split)] for split in ("train", "validation")
    }
    assert found == {"train": [1, 2, 3], "validation": [4, 5]}
    (tmp_path / "visual_genome/VG_splits.json").unlink()
    assert [row["meta"]["image_id"] for row in rows(tmp_path, "GC")] == [1, 2, 3, 4]


def test_an_index_of_splits_without_the_split_is_an_error(tmp_path: Path) -> None:
    """An index that lacks a split is named, with the entry that lacks."""
    raw = regions({1: [CAT]}, splits={"VG": {"train": [0, 9]}})
    with pytest.raises(SourceError, match=r"VG_splits\.json: field VG\.valid"):
        rows(raw.save(tmp_path), "GC", "validation")


@pytest.mark.parametrize("task", OVERLAP_TASKS)
def test_pictures_come_from_both_folders(tmp_path: Path, task: str) -> None:
    """The tasks on overlaps find pictures in the second folder too, and name every example by its own picture."""
    raw = regions(dict.fromkeys((3, 4), OVERLAPS))
    found = {row["unique_id"]: row["images"][0]["path"] for row in rows(raw.save(tmp_path), task)}
    assert found == {
        f"visual_genome_regions/{task}/3": str(tmp_path / "visual_genome/VG_100K/3.jpg"),
        f"visual_genome_regions/{task}/4": str(tmp_path / "visual_genome/VG_100K_2/4.jpg"),
    }


def test_sizes_come_from_the_headers_where_no_file_lists_them(tmp_path: Path) -> None:
    """Without image_data.json, and for a picture that it lacks, the examples are the same."""
    listed = rows(regions({1: [CAT], 2: [DOG]}).save(tmp_path / "listed"), "GC")
    raw = regions({1: [CAT], 2: [DOG]}, listed=False)
    unlisted = rows(raw.save(tmp_path / "unlisted"), "GC")
    assert [row["meta"] for row in unlisted] == [row["meta"] for row in listed]
    assert unlisted[0]["meta"]["image_size"] == [200, 100]


def test_ids_are_unique_where_pictures_share_region_ids(tmp_path: Path) -> None:
    """The id of a region stands beside that of its picture."""
    raw = regions({1: [CAT, DOG], 2: [CUP]})
    found = [(row["unique_id"], row["target"]) for row in rows(raw.save(tmp_path), "GC")]
    assert found == [
        ("visual_genome_regions/GC/1-1", "a sleeping cat"),
        ("visual_genome_regions/GC/1-2", "one brown hound"),
        ("visual_genome_regions/GC/2-1", "the yellow mug"),
    ]


def test_a_sample_is_spread_over_pictures(tmp_path: Path) -> None:
    """A cap takes regions of many pictures, not all the regions of the first ones."""
    raw = regions({i: [CAT, DOG, CUP, KITE] for i in range(1, 41)})
    found = rows(raw.save(tmp_path), "GC", num_examples=20)
    assert len({row["meta"]["image_id"] for row in found}) >= 12


def test_a_phrase_for_two_places_is_not_asked_for(tmp_path: Path) -> None:
    """Two places with one phrase cannot be told apart and are skipped; two boxes of one place can stay."""
    again = ("A sleeping cat.", (150, 50, 40, 40))
    raw = regions({1: [CAT, again], 2: [CAT, ("a sleeping cat", (1, 0, 40, 40)), DOG]})
    found = rows(raw.save(tmp_path / "raw"), "VG", report_dir=str(tmp_path / "counts"))
    assert [row["meta"]["image_id"] for row in found] == [2, 2, 2]
    assert skipped(tmp_path / "counts") == {"ambiguous_text": 2}
    assert (found[2]["text"], found[2]["target"]) == ("one brown hound", "60 0 100 40")


def test_wrong_phrases_are_those_of_other_places(tmp_path: Path) -> None:
    """A negative is never the own phrase, one with the same words, or that of an overlapping region."""
    same = ("the cat is sleeping", (150, 50, 40, 40))
    over = ("a cushion below", (10, 10, 40, 40))
    raw = regions({key: [CAT, same, over, DOG] for key in range(1, 60)})
    of_cat = [row for row in rows(raw.save(tmp_path), "region_caption_match") if row["unique_id"].endswith("-1")]
    assert {row["text"] for row in of_cat if not row["meta"]["positive"]} == {"one brown hound"}
    assert {row["text"] for row in of_cat if row["meta"]["positive"]} == {"a sleeping cat"}
    assert 15 <= sum(row["meta"]["positive"] for row in of_cat) <= 45


def test_boxes_to_choose_from_differ(tmp_path: Path) -> None:
    """No two options nearly coincide, none is of a phrase with the same words, and there are 3 to 6."""
    near = ("green grass everywhere", (2, 0, 40, 40))
    same = ("cat, sleeping", (150, 50, 40, 40))
    raw = regions({1: [CAT, near, same, DOG, CUP, KITE], 2: [CAT, DOG]})
    found = rows(raw.save(tmp_path / "raw"), "VG_selection", report_dir=str(tmp_path / "counts"))
    (of_cat,) = (row for row in found if row["unique_id"].endswith("/1-1"))
    assert sorted(of_cat["options"]) == ["0 0 40 40", "0 50 40 90", "120 0 160 40", "60 0 100 40"]
    assert all(3 <= len(row["options"]) <= 6 for row in found)
    assert skipped(tmp_path / "counts")["too_few_other_boxes"] == 2


def test_phrases_to_choose_from_are_not_true_by_accident(tmp_path: Path) -> None:
    """Wrong phrases are of other places, in other words, each once, and there are at least two."""
    twice = ("ONE BROWN HOUND.", (150, 50, 40, 40))
    over = ("a cushion below", (10, 10, 40, 40))
    raw = regions({1: [CAT, DOG, twice, CUP, over], 2: [CAT, DOG]})
    (row,) = (row for row in rows(raw.save(tmp_path), "GC_selection") if row["unique_id"].endswith("/1-1"))
    assert len(row["options"]) == 3
    assert {option.lower().rstrip(".") for option in row["options"]} == {CAT[0], DOG[0], CUP[0]}


def area_in_common(one: list[float], other: list[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    return max(width, 0) * max(min(one[3], other[3]) - max(one[1], other[1]), 0)


@pytest.mark.parametrize(("task", "best"), [(OVERLAP_TASKS[0], max), (OVERLAP_TASKS[1], min)])
def test_one_option_overlaps_most_or_least(tmp_path: Path, task: str, best: Callable[[list[float]], float]) -> None:
    """The right option is best without a tie, there are 2 to 4, and boxes apart from the given one may be right."""
    ties = [*OVERLAPS, *boxes((0, 0, 80, 100), (20, 0, 80, 100), (170, 0, 30, 100))]
    raw = regions(dict.fromkeys(range(1, 40), ties))
    found = rows(raw.save(tmp_path), task)
    assert len(found) == 39
    for row in found:
        shared = [area_in_common(row["region"][0], parse_boxes(option)[0]) for option in row["options"]]
        assert 2 <= len(shared) <= 4
        assert shared.count(best(shared)) == 1
        assert row["options"][shared.index(best(shared))] == row["target"]
    if best is min:
        assert 0 in {area_in_common(row["region"][0], parse_boxes(row["target"])[0]) for row in found}


@pytest.mark.parametrize(("task", "overlapping"), [(OVERLAP_TASKS[2], True), (OVERLAP_TASKS[3], False)])
def test_one_option_overlaps_or_is_apart(tmp_path: Path, task: str, overlapping: bool) -> None:
    """The right option differs from all others in whether it overlaps with the given box."""
    raw = regions(dict.fromkeys(range(1, 30), OVERLAPS))
    for row in rows(raw.save(tmp_path), task):
        touching = [option for option in row["options"] if area_in_common(row["region"][0], parse_boxes(option)[0])]
        alone = touching if overlapping else [option for option in row["options"] if option not in touching]
        assert alone == [row["target"]]
        assert 2 <= len(row["options"]) <= 4


def test_overlaps_are_judged_evenly(tmp_path: Path) -> None:
    """Yes and no come up about as often, and say what the two boxes do."""
    raw = regions(dict.fromkeys(range(1, 101), OVERLAPS))
    found = rows(raw.save(tmp_path), "if_region_overlap")
    assert all((area_in_common(*row["region"]) > 0) == (row["target"] == "yes") for row in found)
    assert 35 <= sum(row["target"] == "yes" for row in found) <= 65


def test_areas_are_those_of_the_part_in_the_picture(tmp_path: Path) -> None:
    """The area is written as a whole number; a picture without a region to measure is skipped and counted."""
    raw = regions({1: boxes((150, 20, 100, 30)), 2: [], 3: boxes((0, 0, 3, 3))})
    found = rows(raw.save(tmp_path / "raw"), "region_area", report_dir=str(tmp_path / "counts"))
    assert [(row["region"], row["target"]) for row in found] == [([[150.0, 20.0, 200.0, 50.0]], "1500")]
    assert skipped(tmp_path / "counts") == {"too_few_boxes": 2}


def test_only_a_closing_full_stop_is_taken_off(tmp_path: Path) -> None:
    """An answer without a full stop keeps its last character."""
    raw = questions({1: [("What?", "Red."), ("How many?", "12"), ("Where?", "In the U.S.")], 2: [("Who?", " A man. ")]})
    found = [
        (row["unique_id"].rpartition("/")[2], row["target"]) for row in rows(raw.save(tmp_path), "open-domain_VQA")
    ]
    assert found == [("1-1", "Red"), ("1-2", "12"), ("1-3", "In the U.S"), ("2-1", "A man")]


MAN, HAT = ("man", (0, 0, 60, 90)), ("hat", (70, 0, 30, 30))


def test_names_are_lists_or_single_and_predicates_lower_case(tmp_path: Path) -> None:
    """Both ways to name things are read, the first name counts, and ON is on."""
    raw = relationships({1: [(MAN, "WEARING ", HAT)]})
    (relation,) = raw.documents["visual_genome/relationships.json"][0]["relationships"]
    relation["subject"]["names"] = ["man", "person"]
    del relation["object"]["names"]
    relation["object"]["name"] = "hat"
    raw.save(tmp_path)
    (row,) = rows(tmp_path, "object_relationship")
    assert (row["target"], row["region"]) == ("wearing", [[0.0, 0.0, 60.0, 90.0], [70.0, 0.0, 100.0, 30.0]])
    assert [rows(tmp_path, f"visual_{end}_identification")[0]["target"] for end in ("subject", "object")] == [
        "man",
        "hat",
    ]


@pytest.mark.parametrize(
    ("task", "region", "target"),
    [
        ("visual_object_identification", MAN, "hat"),
        ("visual_subject_identification", HAT, "man"),
        ("visual_object_region", MAN, "70 0 100 30"),
        ("visual_subject_region", HAT, "0 0 60 90"),
    ],
)
def test_the_given_box_is_never_the_answer(tmp_path: Path, task: str, region: tuple[str, XYWH], target: str) -> None:
    """The subject is asked for by the object's box and the object by the subject's, with the relation as text."""
    (row,) = rows(relationships({1: [(MAN, "wearing", HAT)]}).save(tmp_path), task)
    x, y, width, height = region[1]
    assert (row["region"], row["text"], row["target"]) == ([[x, y, x + width, y + height]], "wearing", target)


@pytest.mark.parametrize("end", ["object", "subject"])
@pytest.mark.parametrize("what", ["identification", "region"])
def test_relations_with_several_ends_are_not_asked_for(tmp_path: Path, end: str, what: str) -> None:
    """Where two things stand in the relation to the given one, neither is asked for, and the skip is counted."""
    other = ("coat", (120, 0, 50, 90))
    pairs = [(MAN, HAT), (MAN, other)] if end == "object" else [(HAT, MAN), (other, MAN)]
    raw = relationships({1: [(one, "near", two) for one, two in pairs], 2: [(MAN, "near", HAT), (MAN, "has", other)]})
    found = rows(raw.save(tmp_path / "raw"), f"visual_{end}_{what}", report_dir=str(tmp_path / "counts"))
    assert [row["meta"]["image_id"] for row in found] == [2, 2]
    assert skipped(tmp_path / "counts") == {"ambiguous_relation": 2}


def test_every_relation_of_two_things_is_accepted(tmp_path: Path) -> None:
    """Another predicate between the same boxes is an accepted answer as well."""
    raw = relationships({1: [(MAN, "wearing", HAT), (MAN, "has", ("cap", (71, 0, 30, 30)))]})
    found = [(row["target"], row["answers"]) for row in rows(raw.save(tmp_path), "object_relationship")]
    assert found == [("wearing", ["wearing", "has"]), ("has", ["has", "wearing"])]
