"""Adapters: one test per known error of the original preprocessors."""

from collections import Counter
from pathlib import Path

import pytest

from instraug_datasets.builders.adapters.verbalizers import VERBALIZERS, YES_NO
from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.errors import ExampleError
from instraug_datasets.styles import parse_boxes
from tests.builders.raw_files import coco_object, rows, write_captions, write_instances, write_json, write_questions

CAPTIONS = {
    i: [f"A {word} on a table.", f"There is one {word}."] for i, word in enumerate(["pear", "vase", "lamp", "drum"], 1)
}
SPREAD = [
    coco_object("cat", 0, 0, 40, 40),
    coco_object("dog", 60, 0, 40, 40),
    coco_object("cup", 120, 0, 40, 40),
    coco_object("kite", 0, 50, 40, 40),
]


def test_wrong_texts_come_from_other_pictures_and_differ(tmp_path: Path) -> None:
    """A wrong caption is no caption of the picture, and no caption is offered twice."""
    write_captions(tmp_path, {**CAPTIONS, 9: ["a PEAR  on a table", "A fifth thing altogether."]})
    own = {text: image_id for image_id, texts in CAPTIONS.items() for text in texts}
    for row in rows(tmp_path, "image_text_selection"):
        wrong = [option for option in row["options"] if option != row["target"]]
        assert len(set(wrong)) == 4
        assert row["meta"]["image_id"] not in {own.get(option) for option in wrong}
    for row in rows(tmp_path, "ITM"):
        texts = {own.get(row["text"]), 9 if row["text"] not in own else None}
        assert (row["meta"]["image_id"] in texts) == row["meta"]["positive"]


def test_the_same_text_of_another_picture_is_no_wrong_option(tmp_path: Path) -> None:
    """A caption that only differs in case, spaces and the final mark from the picture's own is never a negative."""
    write_captions(tmp_path, {1: ["A red kite."], 2: ["a red  kite"], 3: ["A brown cow."]})
    negatives = {row["unique_id"]: row["text"] for row in rows(tmp_path, "ITM") if not row["meta"]["positive"]}
    for seed in range(1, 6):
        negatives |= {
            f"{seed}{row['unique_id']}": row["text"]
            for row in rows(tmp_path, "ITM", seed=seed)
            if not row["meta"]["positive"] and row["meta"]["image_id"] != 3
        }
    assert set(negatives.values()) <= {"A brown cow.", "A red kite.", "a red  kite"}
    assert all(text == "A brown cow." for id_, text in negatives.items() if not id_.endswith("/3"))


@pytest.mark.parametrize("task", ["ITM", "image_text_selection"])
def test_a_single_picture_ends(tmp_path: Path, task: str) -> None:
    """Where no other picture can give a wrong text, records are skipped with a reason instead of looping forever."""
    write_captions(tmp_path / "raw", {1: ["A cat.", "A cat again."]})
    assert rows(tmp_path / "raw", task, report_dir=str(tmp_path / "counts")) == []
    assert skipped(tmp_path / "counts") == {"too_few_other_texts": 2}


def test_generic_questions_are_no_negatives(tmp_path: Path) -> None:
    """A question that the split asks of several pictures could be answered here too, and is not drawn."""
    words = ["lamp", "drum", "vase", "pear", "boat", "horse"]
    write_questions(
        tmp_path, {i: [("What color is it?", "red"), (f"Who owns this {w}?", "Ann")] for i, w in enumerate(words, 1)}
    )
    negatives = [
        row
        for seed in range(4)
        for row in rows(tmp_path, "question_image_match", seed=seed)
        if not row["meta"]["positive"]
    ]
    assert negatives
    assert "What color is it?" not in {row["question"] for row in negatives}


def test_answers_join_on_the_question_id(tmp_path: Path) -> None:
    """Questions and annotations in different orders are still paired, and every annotator's answer is kept."""
    write_questions(tmp_path, {1: [("Is it red?", "no"), ("How many?", "2")], 2: [("Where?", "Rome")]})
    found = {
        row["unique_id"]: (row["question"], row["target"], row["answers"]) for row in rows(tmp_path, "open-domain_VQA")
    }
    assert found == {
        "vqa_v2/open-domain_VQA/1000": ("Is it red?", "no", ["no", "other"]),
        "vqa_v2/open-domain_VQA/1001": ("How many?", "2", ["2", "other"]),
        "vqa_v2/open-domain_VQA/2000": ("Where?", "Rome", ["Rome", "other"]),
    }


def test_crowds_and_tiny_boxes_are_no_objects(tmp_path: Path) -> None:
    """A crowd, a box of a few pixels, and one outside the picture are never asked about."""
    unfit = [
        coco_object("dog", 0, 0, 100, 90, crowd=1),
        coco_object("cup", 10, 10, 3, 40),
        coco_object("kite", 250, 0, 40, 40),
    ]
    write_instances(tmp_path, {1: [*unfit, coco_object("cat", 150, 20, 100, 50)]})
    (row,) = rows(tmp_path, "object_grounding")
    assert (row["target"], row["region"]) == ("cat", [[150.0, 20.0, 200.0, 70.0]])


def test_boxes_are_whole_pixels_joined_by_the_separator(tmp_path: Path) -> None:
    """All boxes of a category from left to right, rounded and clipped, with `||||` between them and no box twice."""
    cats = [
        coco_object("cat", 100.4, 10.2, 30.3, 30.1),
        coco_object("cat", -5, 0, 25, 30),
        coco_object("cat", 100, 10, 31, 30),
    ]
    write_instances(tmp_path, {1: cats})
    (row,) = rows(tmp_path, "region_generation")
    assert (row["text"], row["target"]) == ("cat", "0 0 20 30||||100 10 131 40")
    assert row["meta"] == {"image_id": 1, "image_size": [200, 100], "boxes": ["target"]}


def test_categories_that_cannot_be_listed_are_not_asked_for(tmp_path: Path) -> None:
    """A category with a crowd, or with more than ten boxes, is never the one to be located."""
    many = [coco_object("dog", 15 * i, 0, 12, 12) for i in range(11)]
    crowd = [coco_object("cup", 0, 40, 20, 20), coco_object("cup", 50, 40, 90, 50, crowd=1)]
    write_instances(tmp_path, {1: [*many, *crowd], 2: [*many, *crowd, coco_object("cat", 0, 70, 20, 20)]})
    assert [(row["meta"]["image_id"], row["text"]) for row in rows(tmp_path, "region_generation")] == [(2, "cat")]


def test_all_boxes_of_a_category_are_given_or_none(tmp_path: Path) -> None:
    """A category with an object too small to be given is left out, because the answer would lack its box."""
    spoons = [coco_object("kite", 30 * i, 10, 20, 20) for i in range(3)]
    tiny, cats = (
        coco_object("kite", 150, 10, 5, 23),
        [coco_object("cat", 0, 50, 20, 20), coco_object("cat", 60, 50, 20, 20)],
    )
    write_instances(tmp_path, {1: [*spoons, tiny], 2: [*spoons, tiny, *cats], 3: spoons})
    assert [(row["text"], row["target"]) for row in rows(tmp_path, "region_generation")] == [
        ("cat", "0 50 20 70||||60 50 80 70"),
        ("kite", "0 10 20 30||||30 10 50 30||||60 10 80 30"),
    ]


def test_matching_objects_is_balanced(tmp_path: Path) -> None:
    """Where pictures allow both answers, each comes up about half the time, and boxes differ."""
    both = [coco_object("cat", 0, 0, 20, 20), coco_object("cat", 30, 0, 20, 20), coco_object("dog", 60, 0, 20, 20)]
    write_instances(tmp_path, dict.fromkeys(range(1, 201), both))
    found = rows(tmp_path, "object_match")
    assert 80 <= sum(row["meta"]["positive"] for row in found) <= 120
    assert all(row["region"][0] != row["region"][1] for row in found)
    assert all((len(set(row["meta"]["categories"])) == 1) == row["meta"]["positive"] for row in found)


def test_a_wrong_name_is_not_visible_inside_the_box(tmp_path: Path) -> None:
    """A negative names objects none of which touches the box, crowds included."""
    overlapping = [
        coco_object("cat", 0, 0, 60, 60),
        coco_object("dog", 30, 30, 60, 60),
        coco_object("cup", 120, 0, 40, 40),
    ]
    hidden = coco_object("cup", 0, 0, 70, 70, crowd=1)
    write_instances(tmp_path, {**dict.fromkeys(range(1, 21), overlapping), 30: [*overlapping, hidden]})
    wrong = {
        (row["text"], tuple(row["region"][0]))
        for row in rows(tmp_path, "object_region_match")
        if not row["meta"]["positive"]
    }
    cat, dog, cup = (0.0, 0.0, 60.0, 60.0), (30.0, 30.0, 90.0, 90.0), (120.0, 0.0, 160.0, 40.0)
    assert wrong <= {("cup", cat), ("cup", dog), ("cat", cup), ("dog", cup)}
    assert wrong


def test_region_options_are_few_and_of_other_categories(tmp_path: Path) -> None:
    """At most six boxes are offered, none twice, and only the right one is of the named category."""
    dogs = [coco_object("dog", 20 * i, 0, 18, 18) for i in range(10)]
    cats = [coco_object("cat", 20 * i, 50, 18, 18) for i in range(10)]
    things = [*dogs, *cats, cats[0]]
    write_instances(tmp_path, dict.fromkeys(range(1, 6), things))
    for row in rows(tmp_path, "object_region_selection"):
        top = 0.0 if row["text"] == "dog" else 50.0
        assert len(set(row["options"])) == len(row["options"]) == 6
        assert [option for option in row["options"] if parse_boxes(option)[0][1] == top] == [row["target"]]


def test_names_are_judged_by_where_the_objects_are(tmp_path: Path) -> None:
    """A cup inside the box of a cat counts as inside; a dog that is half in and half out is not offered."""
    inner = [
        coco_object("cat", 0, 0, 60, 60),
        coco_object("cup", 10, 10, 20, 20),
        coco_object("dog", 45, 0, 40, 40),
        coco_object("kite", 150, 50, 30, 30),
    ]
    write_instances(tmp_path, dict.fromkeys(range(1, 41), inner))
    for task, inside in (("region_object_selection", True), ("missing_object_selection", False)):
        of_cat = [row for row in rows(tmp_path, task) if [0.0, 0.0, 60.0, 60.0] in row["region"]]
        with_cup = [row for row in of_cat if "cup" in row["options"]]
        assert with_cup
        assert all(("cup" in row["meta"]["labels"]) == inside for row in with_cup)
        assert not [row for row in of_cat if "dog" in row["options"] and [45.0, 0.0, 85.0, 40.0] not in row["region"]]


@pytest.mark.parametrize("task", ["region_object_selection", "missing_object_selection"])
def test_several_labels_stand_in_the_order_of_the_options(tmp_path: Path, task: str) -> None:
    """The target lists the right options as they are first mentioned; one wrong name besides None is always offered."""
    write_instances(tmp_path, dict.fromkeys(range(1, 41), SPREAD))
    found = rows(tmp_path, task)
    assert {len(row["meta"]["labels"]) for row in found} >= {1, 2}
    assert "None" in {row["target"] for row in found}
    for row in found:
        assert row["meta"]["labels"] == [option for option in row["options"] if option in row["target"].split(", ")]
        assert set(row["options"]) - {"None"} > set(row["meta"]["labels"]) - {"None"}
        assert "None" in row["options"]


@pytest.mark.parametrize("task", VERBALIZERS)
def test_label_pairs(task: str) -> None:
    """Every task has the pair yes and no, and no label is both positive and negative."""
    labels = [label for pair in VERBALIZERS[task] for label in pair]
    assert YES_NO in VERBALIZERS[task]
    assert len(set(labels)) == len(labels)


def test_pools_have_the_sizes_of_the_paper() -> None:
    """Every task has as many label pairs as the original."""
    assert {task: len(pairs) for task, pairs in VERBALIZERS.items()} == {
        "ITM": 5,
        "question_image_match": 4,
        "object_match": 6,
        "object_region_match": 4,
        "text_legibility": 4,
        "region_text_match": 4,
        "region_caption_match": 4,
        "if_region_overlap": 1,
        "visual_spatial_reasoning": 1,
        "natural_language_visual_reasoning": 1,
    }


def test_every_label_pair_is_drawn_and_each_label_comes_first_and_last(tmp_path: Path) -> None:
    """Labels vary per example, and their order gives nothing away."""
    write_captions(tmp_path, {i: [f"Thing number {i} of {i * i}."] for i in range(1, 101)})
    found = rows(tmp_path, "ITM")
    assert {frozenset(row["options"]) for row in found} == {frozenset(pair) for pair in VERBALIZERS["ITM"]}
    assert 30 <= sum(row["options"][0] == row["target"] for row in found) <= 70


def test_chance_does_not_depend_on_order_or_neighbours(tmp_path: Path) -> None:
    """What is drawn for a picture stays when the file is reversed and when other pictures are added."""
    pictures = dict.fromkeys(range(1, 8), SPREAD)
    write_instances(tmp_path / "a", pictures)
    write_instances(tmp_path / "b", {**dict.fromkeys(range(20, 30), SPREAD), **dict(reversed(pictures.items()))})
    first, second = (
        {
            row["unique_id"]: (row["region"], row["options"], row["target"])
            for row in rows(tmp_path / name, "region_object_selection")
        }
        for name in "ab"
    )
    assert first == {id_: second[id_] for id_ in first}


def test_golden_example(tmp_path: Path) -> None:
    """One whole example, so that a change of any draw is noticed."""
    write_instances(tmp_path, {7: SPREAD})
    (row,) = rows(tmp_path, "object_region_selection", seed=3)
    picked = {name: row[name] for name in ("unique_id", "text", "options", "target", "answers", "meta")}
    assert picked == {
        "unique_id": "mscoco_instances/object_region_selection/7",
        "text": "cup",
        "options": ["60 0 100 40", "0 50 40 90", "120 0 160 40", "0 0 40 40"],
        "target": "120 0 160 40",
        "answers": ["120 0 160 40"],
        "meta": {"boxes": ["options", "target"], "image_id": 7, "image_size": [200, 100]},
    }


def test_repeated_ids_are_an_error(tmp_path: Path) -> None:
    """An id that stands in the file twice is refused, wherever its records stand."""
    same = {"id": 5, "image_id": 1, "caption": "A cat."}
    write_captions(tmp_path, {1: ["x"]})
    write_json(tmp_path / "MSCOCO2014/annotations/captions_train2014.json", {"annotations": [same, same]})
    with pytest.raises(ExampleError, match=r"captions_train2014\.json: the id 5 occurs more than once"):
        rows(tmp_path, "image_caption")


def skipped(folder: Path) -> dict[str, int]:
    return dict(sum((count.skipped for count in read_counts(folder)), Counter()))
