"""Question answering: one test per known error of the original preprocessors."""

from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest

from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.builders.sources.tdiuc import QUESTION_TYPES
from instraug_datasets.tasks import BENCHMARKS
from tests.builders.raw_files import rows, write_captions
from tests.builders.raw_questions import (
    write_gqa,
    write_ok_vqa,
    write_pointing,
    write_tdiuc,
    write_telling,
    write_textvqa,
    write_votes,
)

COLOURS = ["red", "blue", "green", "white", "black", "pink", "brown", "gray", "orange", "silver", "beige", "gold"]


def skipped(folder: Path) -> dict[str, int]:
    return dict(sum((count.skipped for count in read_counts(folder)), Counter()))


def test_majority_answers_with_a_tie_break(tmp_path: Path) -> None:
    """The target is what most annotators say, of several answers the first; all answers are kept, empty ones not."""
    answers = [["b", "a", "a"], ["b", "a", "a", "b"], ["", "", "c"]]
    expected = ["a", "b", "c"]
    write_ok_vqa(tmp_path, [(i, "What?", each) for i, each in enumerate(answers, 1)])
    write_textvqa(tmp_path, [(f"{i:x}", "what?", each) for i, each in enumerate(answers, 1)])
    knowing, reading = rows(tmp_path, "open-domain_VQA"), rows(tmp_path, "text_vqa", "test")
    assert [row["target"] for row in knowing] == [row["target"] for row in reading] == expected
    assert [row["answers"] for row in knowing] == [row["answers"] for row in reading] == answers


def test_several_questions_about_one_picture_have_ids_of_their_own(tmp_path: Path) -> None:
    """Ids are those of questions, not of pictures."""
    write_ok_vqa(tmp_path, [(7, "What?", ["a"]), (7, "Who?", ["b"])])
    write_textvqa(tmp_path, [("0f", "what?", ["a"]), ("0f", "who?", ["b"])])
    ids = [row["unique_id"] for row in (*rows(tmp_path, "open-domain_VQA"), *rows(tmp_path, "text_vqa", "test"))]
    assert ids == [
        "ok_vqa/open-domain_VQA/1",
        "ok_vqa/open-domain_VQA/2",
        "textvqa/text_vqa/1",
        "textvqa/text_vqa/2",
    ]


def test_questions_and_answers_join_on_the_question_id(tmp_path: Path) -> None:
    """The files of OK-VQA and TDIUC may be in different orders, as those of the test are."""
    write_ok_vqa(tmp_path, [(1, "What?", ["a"]), (2, "Who?", ["b"])])
    write_tdiuc(tmp_path, [("counting", "How many?", "two"), ("counting", "How many dogs?", "one")])
    found = [(row["question"], row["target"]) for row in rows(tmp_path, "open-domain_VQA")]
    assert found == [("What?", "a"), ("Who?", "b")]
    found = [(row["question"], row["target"]) for row in rows(tmp_path, "VQA_counting")]
    assert found == [("How many?", "two"), ("How many dogs?", "one")]


def test_every_type_of_tdiuc_is_a_task() -> None:
    """All types but the absurd one, which is excluded, are tasks over TDIUC."""
    named = {name for name in BENCHMARKS["multiinstruct"] if name.startswith("VQA_")}
    assert {f"VQA_{kind}" for kind in QUESTION_TYPES} == named - {"VQA_absurd"}


def test_the_number_of_options_gives_nothing_away(tmp_path: Path) -> None:
    """There are eight options, whether or not the right one would have been drawn, and all answers come up as wrong."""
    write_tdiuc(tmp_path, [("color", f"What color is the thing {i}?", colour) for i, colour in enumerate(COLOURS)])
    found = [row for seed in range(5) for row in rows(tmp_path, "VQA_color", seed=seed)]
    assert {len(row["options"]) for row in found} == {8}
    assert {option for row in found for option in row["options"] if option != row["target"]} == set(COLOURS)
    assert len({row["options"].index(row["target"]) for row in found}) == 8


def test_a_small_vocabulary_is_offered_whole(tmp_path: Path) -> None:
    """Where a type has fewer answers than options, every question is offered all of them."""
    write_tdiuc(tmp_path, [("color", "What color?", colour) for colour in COLOURS[:3]])
    assert [set(row["options"]) for row in rows(tmp_path, "VQA_color")] == [set(COLOURS[:3])] * 3


def test_yes_and_no_are_offered_with_each_other_only(tmp_path: Path) -> None:
    """A question of yes or no has these two options, and no other question has either."""
    write_tdiuc(
        tmp_path,
        [("color", f"Is the thing {i} red?", "yes") for i in range(3)]
        + [("color", f"What color is the thing {i}?", colour) for i, colour in enumerate(COLOURS)],
    )
    found = rows(tmp_path, "VQA_color")
    assert [sorted(row["options"]) for row in found[:3]] == [["no", "yes"]] * 3
    assert not {"yes", "no"} & {option for row in found[3:] for option in row["options"]}


def test_wrong_options_answer_questions_that_begin_alike(tmp_path: Path) -> None:
    """A color is no option of a question for a number while there are enough numbers, and the other way round."""
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    write_tdiuc(
        tmp_path,
        [("attribute", f"What color is thing {i}?", colour) for i, colour in enumerate(COLOURS)]
        + [("attribute", f"How many legs has thing {i}?", number) for i, number in enumerate(numbers)]
        + [("attribute", "Name its age?", "old")],
    )
    found = rows(tmp_path, "VQA_attribute")
    assert all(set(row["options"]) <= set(COLOURS) for row in found[: len(COLOURS)])
    assert all(set(row["options"]) <= set(numbers) for row in found[len(COLOURS) : -1])
    # Nothing else begins like the last one, so that it draws from all.
    assert len(found[-1]["options"]) == 8


def test_another_form_of_the_answer_is_no_wrong_option(tmp_path: Path) -> None:
    """The plural of the answer is not offered while there are other options."""
    names = ["giraffe", "giraffes", "dog", "dogs", "cat", "car", "bus", "sheep", "cow", "horse", "bird"]
    write_tdiuc(tmp_path, [("object_recognition", "What is it?", name) for name in names])
    for row in rows(tmp_path, "VQA_object_recognition"):
        alike = {option for option in row["options"] if option.rstrip("s") == row["target"].rstrip("s")}
        assert alike == {row["target"]}


def test_questions_about_pictures_that_mscoco_lacks_are_skipped(tmp_path: Path) -> None:
    """TDIUC has questions about pictures of Visual Genome; they are counted, and no error."""
    questions, _ = write_tdiuc(tmp_path / "raw", [("color", "What color?", c) for c in COLOURS])
    questions.write_text(questions.read_text().replace('"image_id": 1', '"image_id": 99', 1))
    assert len(rows(tmp_path / "raw", "VQA_color", report_dir=str(tmp_path / "counts"))) == len(COLOURS) - 1
    assert skipped(tmp_path / "counts") == {"picture_not_of_mscoco": 1}


def test_gqa_keeps_the_short_answer(tmp_path: Path) -> None:
    """Questions are keyed by the ids of the file, and answered in a word."""
    write_gqa(tmp_path, {"0042": ("n7", "Is it red?", "no")})
    (row,) = rows(tmp_path, "open-domain_VQA")
    assert (row["unique_id"], row["target"]) == ("gqa/open-domain_VQA/0042", "no")
    assert Path(row["images"][0]["path"]).name == "n7.jpg"


def test_sources_of_one_task_come_together(tmp_path: Path) -> None:
    """A task over several sources has the rows of all that are there."""
    write_gqa(tmp_path, {"1": ("1", "Is it red?", "no")})
    write_ok_vqa(tmp_path, [(1, "What?", ["a"])])
    assert {row["source"] for row in rows(tmp_path, "open-domain_VQA")} == {"gqa", "ok_vqa"}


def test_telling_keeps_answers_as_they_are_and_shuffles_them(tmp_path: Path) -> None:
    """Full stop and capital stay; the right answer stands anywhere among four; a repeated answer is no question."""
    wrong = ["Cats.", "Dogs.", "Cows."]
    write_telling(tmp_path / "raw", [*[("What?", "Two Birds.", wrong)] * 40, ("What?", "cats", wrong)])
    found = rows(tmp_path / "raw", "VQA", report_dir=str(tmp_path / "counts"))
    assert [row["target"] for row in found] == ["Two Birds."] * 40
    assert {row["options"].index("Two Birds.") for row in found} == {0, 1, 2, 3}
    assert skipped(tmp_path / "counts") == {"repeated_option": 1}


def test_splits_of_visual7w_stand_in_one_file(tmp_path: Path) -> None:
    """Each split has the questions of its own pictures."""
    write_telling(tmp_path, [("What?", "A.", ["B.", "C.", "D."])], split="val")
    assert rows(tmp_path, "VQA") == []
    assert len(rows(tmp_path, "VQA", "validation")) == 1


def test_pointing_boxes_are_clipped_to_the_picture(tmp_path: Path) -> None:
    """A box that begins before the edge or ends behind it is cut; its size goes with it, read from the picture."""
    boxes = {1: (-1, -1, 40, 40), 2: (150, 50, 90, 90), 3: (60, 10, 20, 20), 4: (100, 10, 20, 20)}
    write_pointing(tmp_path, boxes, [("Which one?", 1, [2, 3, 4])])
    (row,) = rows(tmp_path, "grounded_VQA", "test")
    assert row["target"] == "0 0 39 39"
    assert set(row["options"]) == {"0 0 39 39", "150 50 200 100", "60 10 80 30", "100 10 120 30"}
    assert row["meta"] == {
        "boxes": ["options", "target"],
        "image_id": 1,
        "image_size": [200, 100],
        "object": "thing 1",
    }


@pytest.mark.parametrize(
    ("box", "reason"), [((300, 0, 20, 20), "box_without_area"), ((60, 10, 20, 20), "repeated_option")]
)
def test_boxes_that_cannot_be_told_apart_are_skipped(tmp_path: Path, box: tuple[int, ...], reason: str) -> None:
    """A box outside the picture, and two options with the same box, make no question."""
    boxes = {1: box, 2: (150, 50, 20, 20), 3: (60, 10, 20, 20), 4: (100, 10, 20, 20)}
    write_pointing(tmp_path / "raw", boxes, [("Which one?", 1, [2, 3, 4])])
    assert rows(tmp_path / "raw", "grounded_VQA", "test", report_dir=str(tmp_path / "counts")) == []
    assert skipped(tmp_path / "counts") == {reason: 1}


def test_a_picture_without_votes_has_no_flaw_of_another(tmp_path: Path) -> None:
    """Votes decide, ties go to the first label of our list, and a picture without votes is skipped."""
    votes = {"a.jpg": {"ROT": 3, "BLR": 2}, "b.jpg": {}, "c.jpg": {"OTH": 2, "DRK": 2}, "d.jpg": {"NON": 5}}
    write_votes(tmp_path / "raw", votes)
    found = rows(tmp_path / "raw", "image_quality", report_dir=str(tmp_path / "counts"))
    assert {row["unique_id"].rpartition("/")[2]: row["target"] for row in found} == {
        "a": "rotation",
        "c": "too dark",
        "d": "no flaws",
    }
    assert skipped(tmp_path / "counts") == {"no_votes": 1}
    assert {len(row["options"]) for row in found} == {8}


@pytest.mark.parametrize("folder", ["", "annotations/"])
def test_votes_are_found_in_either_layout_of_their_zip(tmp_path: Path, folder: str) -> None:
    """The zip of votes may have its files in a folder, or not."""
    file = write_votes(tmp_path, {"a.jpg": {"BLR": 5}})
    with ZipFile(file.with_name("annotations.zip"), "w") as archive:
        archive.write(file, f"{folder}train.json")
    file.unlink()
    assert [row["target"] for row in rows(tmp_path, "image_quality")] == ["blur"]


def test_a_sample_is_not_that_of_the_first_pictures(tmp_path: Path) -> None:
    """A capped build of a source that the original cut off in file order takes records from all over the file."""
    write_ok_vqa(tmp_path, [(i, "What?", ["a"]) for i in range(1, 101)])
    picked = [row["meta"]["image_id"] for row in rows(tmp_path, "open-domain_VQA", num_examples=10)]
    assert len(picked) == 10
    assert max(picked) > 50


def test_all_leaves_evaluation_out(tmp_path: Path) -> None:
    """TextVQA and the pointing questions are for evaluation, and not part of `all`."""
    write_captions(tmp_path, {1: ["A cat."], 2: ["A dog."]})
    write_textvqa(tmp_path, [("1", "what?", ["a"])])
    write_pointing(tmp_path, {i: (20 * i, 0, 10, 10) for i in range(4)}, [("Which?", 0, [1, 2, 3])])
    assert {row["source"] for row in rows(tmp_path, "all")} == {"mscoco_captions"}
