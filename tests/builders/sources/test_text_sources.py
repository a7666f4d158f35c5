"""Steps, claims, scenes, dialogues, memes and disasters: one test per known error of the original preprocessors."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders.adapters.sentences import remove_verdicts, split_sentences
from instraug_datasets.builders.generation.counts import read_counts
from tests.builders.raw_files import rows, write_json
from tests.builders.raw_text_sources import (
    claim,
    disaster,
    hypothesis,
    meme,
    scene,
    write_article,
    write_claims,
    write_csv,
    write_dialogs,
    write_disasters,
    write_hypotheses,
    write_memes,
    write_picture,
    write_scenes,
)

STEPS = ["Peel the pear.", "Cut the pear.", "Boil the water.", "Add the sugar.", "Serve it warm."]
WIKIHOW = [
    "wikihow_next_step",
    "wikihow_immediate_next_step_selection",
    "wikihow_text_image_step_order",
    "wikihow_image_text_step_order",
]


def skipped(root: Path, task: str, counts: Path, split: str = "train") -> dict[str, int]:
    rows(root, task, split, report_dir=str(counts))
    return dict(sum((count.skipped for count in read_counts(counts)), Counter()))


def picked(found: list[dict[str, Any]], *names: str) -> dict[str, tuple[Any, ...]]:
    return {row["unique_id"].rpartition("/")[2]: tuple(row[name] for name in names) for row in found}


# WikiHow ------------------------------------------------------------------------------------------------------------


def write_steps(root: Path, steps: list[str] = STEPS, **settings: Any) -> None:
    write_json(root / "wikihow/wikihow_split.json", {"train": ["7_Pear"], "val": [], "test": []})
    write_article(root, "7_Pear", {"In a Pot": steps}, **settings)


def test_the_next_step_is_not_in_the_history(tmp_path: Path) -> None:
    """The history ends before the pictured step, has steps without a picture too, and starts with the method's name."""
    write_steps(tmp_path, unpictured=["Cut the pear."])
    assert picked(rows(tmp_path, "wikihow_next_step"), "context", "text", "target") == {
        "7_Pear-0-0": ("In a Pot", "Peel the pear.", "Cut the pear."),
        "7_Pear-0-2": ("In a Pot\nPeel the pear.\nCut the pear.", "Boil the water.", "Add the sugar."),
        "7_Pear-0-3": ("In a Pot\nPeel the pear.\nCut the pear.\nBoil the water.", "Add the sugar.", "Serve it warm."),
    }


def test_a_step_that_was_there_before_is_no_answer(tmp_path: Path) -> None:
    """Where the next step repeats an earlier one, its text would stand in the prompt: the record is skipped."""
    write_steps(tmp_path, ["Stir.", "Wait.", "stir", "Serve."])
    found = rows(tmp_path, "wikihow_next_step")
    assert [row["target"] for row in found] == ["Wait.", "Serve."]
    assert skipped(tmp_path, "wikihow_next_step", tmp_path / "counts") == {"next_step_repeats": 1, "last_step": 1}


def test_next_steps_have_few_options_of_the_same_method(tmp_path: Path) -> None:
    """At most five steps are offered, never the pictured one, none twice, and none of another method."""
    steps = [f"Do thing {number}." for number in range(12)]
    write_json(tmp_path / "wikihow/wikihow_split.json", {"train": ["1_X"], "val": [], "test": []})
    write_article(tmp_path, "1_X", {"One": [*steps, "Do thing 3."], "Two": ["Other.", "Another.", "Third."]})
    for row in rows(tmp_path, "wikihow_immediate_next_step_selection"):
        method, index = row["unique_id"].split("-")[1:]
        own = ["Other.", "Another.", "Third."] if method == "1" else steps
        assert set(row["options"]) <= set(own) - {own[int(index) % len(own)] if method == "1" else f"Do thing {index}."}
        assert len(set(row["options"])) == len(row["options"]) == (2 if method == "1" else 5)


@pytest.mark.parametrize(("task", "pictured"), [(WIKIHOW[2], False), (WIKIHOW[3], True)])
def test_order_is_told_from_the_right_side(tmp_path: Path, task: str, pictured: bool) -> None:
    """Both options are there, both answers come up, and the answer says where the neighbour stands."""
    steps = [f"Do thing {number}." for number in range(40)]
    write_steps(tmp_path, steps)
    found = rows(tmp_path, task)
    assert len(found) == 38
    assert 10 <= sum(row["target"] == "next" for row in found) <= 28
    for row in found:
        index = int(row["unique_id"].rpartition("-")[2])
        shown = int(row["images"][0]["path"].rpartition("-")[2].removesuffix(".jpg"))
        told = steps.index(row["text"])
        neighbour = index + (1 if row["target"] == "next" else -1)
        assert (shown, told) == ((index, neighbour) if pictured else (neighbour, index))
        assert sorted(row["options"]) == ["next", "previous"]


@pytest.mark.parametrize("task", WIKIHOW)
def test_every_step_has_an_id_of_its_own(tmp_path: Path, task: str) -> None:
    """Steps of one article, and of methods of one name, do not share an id."""
    write_json(tmp_path / "wikihow/wikihow_split.json", {"train": ["1_X", "2_Y"], "val": [], "test": []})
    for name in ("1_X", "2_Y"):
        write_article(tmp_path, name, {"One": STEPS, "Two": STEPS[::-1]})
    ids = [row["unique_id"] for row in rows(tmp_path, task)]
    assert len(set(ids)) == len(ids) >= 12


def test_without_a_split_file_articles_are_split_by_their_names(tmp_path: Path) -> None:
    """Every article is in one split or set aside, seven in ten for training, and stays where it is when others come."""

    def articles(split: str) -> set[str]:
        return {row["unique_id"].split("/")[2].split("-")[0] for row in rows(tmp_path, "wikihow_next_step", split)}

    for number in range(60):
        write_article(tmp_path, f"{number}_X", {"One": ["Cut.", "Eat."]})
    train, validation = articles("train"), articles("validation")
    assert not train & validation
    assert 32 <= len(train) <= 52
    assert 4 <= len(validation) <= 24
    for number in range(60, 80):
        write_article(tmp_path, f"{number}_X", {"One": ["Cut.", "Eat."]})
    assert train < articles("train")
    assert validation <= articles("validation")


def test_a_method_without_a_name_goes_by_the_title(tmp_path: Path) -> None:
    """Articles of a single nameless method still say what the steps are for."""
    write_json(tmp_path / "wikihow/wikihow_split.json", {"train": ["1_X"], "val": [], "test": []})
    write_article(tmp_path, "1_X", {"": ["Cut.", "Eat."]})
    assert [row["context"] for row in rows(tmp_path, "wikihow_next_step")] == ["How to 1_X"]


# MOCHEG -------------------------------------------------------------------------------------------------------------


def test_claims_come_once_with_their_verdict(tmp_path: Path) -> None:
    """Rows of one claim are one example, whatever their evidence, and splits are read apart."""
    write_claims(tmp_path, [claim(1), claim(1), claim(10, "refuted"), claim(11, "NEI"), claim(1)])
    write_claims(tmp_path, [claim(2), claim(1)], split="val")
    found = rows(tmp_path, "multimodal_factual_checking")
    assert picked(found, "text", "target") == {
        "1": ("Claim number 1.", "yes"),
        "10": ("Claim number 10.", "no"),
        "11": ("Claim number 11.", "not sure"),
    }
    assert all(sorted(row["options"]) == ["no", "not sure", "yes"] for row in found)
    assert [row["images"][0]["path"].rpartition("/")[2] for row in found] == [f"{i}-proof-00.jpg" for i in (1, 10, 11)]
    assert set(picked(rows(tmp_path, "multimodal_factual_checking", "validation"))) == {"2", "1"}


@pytest.mark.parametrize(
    ("ruling", "left"),
    [
        ("FALSE. A man said it. A woman too.", "A man said it. A woman too."),
        ("A man said it. We rate that Half-True. A woman too.", "A man said it. A woman too."),
        ("A man said it. A woman too. That is mostly\n false!", "A man said it. A woman too."),
        ("A man saw Mr. Trueman. Nobody else did.", "A man saw Mr. Trueman. Nobody else did."),
    ],
)
def test_no_sentence_of_the_context_tells_the_verdict(tmp_path: Path, ruling: str, left: str) -> None:
    """A sentence with a verdict goes wherever it stands and however it is written; words that only look alike stay."""
    write_claims(tmp_path, [claim(1, ruling_outline=ruling)])
    (row,) = rows(tmp_path, "multimodal_factual_checking")
    assert row["context"] == left


def test_claims_without_picture_or_context_are_counted(tmp_path: Path) -> None:
    """A claim without a picture, and one whose ruling is nothing but the verdict, give no example."""
    path = write_claims(tmp_path, [claim(1), claim(2, ruling_outline="We rate this claim Unproven.")])
    write_csv(path, [claim(1), claim(2, ruling_outline="We rate this claim Unproven."), claim(3)])
    task = "multimodal_factual_checking"
    assert skipped(tmp_path, task, tmp_path / "counts") == {"nothing_but_the_verdict": 1, "claim_without_picture": 1}


def test_one_of_a_claims_pictures_is_drawn_for_good(tmp_path: Path) -> None:
    """The picture depends on seed and claim alone, and every picture has its chance."""
    write_claims(tmp_path, [claim(number) for number in range(20)])
    for number in range(20):
        write_picture(tmp_path / f"mocheg/mocheg/train/images/{number}-proof-01.jpg")
    names = [row["images"][0]["path"][-6:-4] for row in rows(tmp_path, "multimodal_factual_checking")]
    assert set(names) == {"00", "01"}
    assert names == [row["images"][0]["path"][-6:-4] for row in rows(tmp_path, "multimodal_factual_checking")]


def test_sentences_end_where_they_end() -> None:
    """Abbreviations, initials and decimal numbers do not end a sentence; quotes and brackets belong to theirs."""
    text = 'Mr. J. Doe paid $1.5 on Jan. 5. "Why?" he said. <b>Nobody</b> knew (yet.) Élan won! no capital. 3 came'
    assert split_sentences(text) == [
        "Mr. J. Doe paid $1.5 on Jan. 5.",
        '"Why?" he said.',
        "Nobody knew (yet.)",
        "Élan won! no capital.",
        "3 came",
    ]
    assert split_sentences("  ") == []
    assert remove_verdicts(["It is TRUE.", "It is pants-on-fire.", "Truthful."]) == ["Truthful."]


# SNLI-VE ------------------------------------------------------------------------------------------------------------


def test_hypotheses_are_judged_by_the_picture(tmp_path: Path) -> None:
    """The three relations are yes, no and not sure; the caption is kept aside and is no field of the prompt."""
    labels = ("entailment", "contradiction", "neutral")
    write_hypotheses(tmp_path, [hypothesis(number, label) for number, label in enumerate(labels)])
    found = rows(tmp_path, "visual_nli", "test")
    assert [(row["text"], row["target"]) for row in found] == [
        ("Sentence 0.", "yes"),
        ("Sentence 1.", "no"),
        ("Sentence 2.", "not sure"),
    ]
    assert {row["meta"]["caption"] for row in found} == {"A caption."}
    assert {row["premise"] for row in found} == {None}


def test_a_sample_of_hypotheses_covers_many_pictures(tmp_path: Path) -> None:
    """A sample is not the first lines of the file, which are about few pictures."""
    write_hypotheses(tmp_path, [{**hypothesis(n), "pairID": f"{n}#{i}"} for n in range(20) for i in range(5)])
    sample = rows(tmp_path, "visual_nli", "test", num_examples=20)
    assert len({row["images"][0]["path"] for row in sample}) >= 10


# VCR ----------------------------------------------------------------------------------------------------------------


def test_person_1_is_not_person_10(tmp_path: Path) -> None:
    """With ten people and more, every mention has its own name and its own box."""
    objects = ["person", "cup", *["person"] * 11]
    boxes = [[10 * i, 5, 10 * i + 9, 95, 0.9] for i in range(len(objects))]
    line = scene(
        1,
        objects=objects,
        question=["Is", [0], "near", [10, 1], "?"],
        answer_choices=[["No", "."], [[0], "is", "."], [[10], "is", "."], ["Ask", [11], ",", "he", "does", "n't", "."]],
        answer_label=1,
    )
    write_scenes(tmp_path, [line], boxes)
    (row,) = rows(tmp_path, "commonsense_VQA", "test")
    assert row["question"] == "Is person 1 near person 10 and cup 1?"
    assert sorted(row["options"]) == ["Ask person 11, he doesn't.", "No.", "person 1 is.", "person 10 is."]
    assert row["target"] == "person 1 is."
    assert row["context"].split("\n") == [
        "person 1: 0 5 9 95",
        "cup 1: 10 5 19 95",
        "person 10: 100 5 109 95",
        "person 11: 110 5 119 95",
    ]


def test_every_question_of_a_picture_has_its_id(tmp_path: Path) -> None:
    """Two questions about one picture are two examples, each with the boxes that it mentions, and clipped ones."""
    other = scene(1, annot_id="val-7", question=["So", "?"], answer_choices=[["A"], ["B"], ["C"], ["D"]])
    write_scenes(tmp_path, [scene(1), other])
    found = rows(tmp_path, "commonsense_VQA", "test")
    assert picked(found, "context", "target") == {
        "val-1": ("person 1: 10 20 60 90\ncup 1: 100 0 200 50", "person 1 is lost."),
        "val-7": (None, "C"),
    }
    assert found[0]["meta"] == {
        "image_size": [200, 100],
        "objects": {"person 1": [10.0, 20.0, 60.0, 90.0], "cup 1": [100.0, 0.0, 200.0, 50.0]},
    }


@pytest.mark.parametrize("box", [[300, 0, 350, 50, 0.9], [20, 20, 20, 60, 0.9], [60, 60, 20, 20, 0.9]])
def test_a_mentioned_box_that_is_none_is_counted(tmp_path: Path, box: list[float]) -> None:
    """A box outside the picture or without area makes the question unanswerable, if the question mentions it."""
    unmentioned = scene(2, answer_choices=[["A"], ["B"], ["C"], ["D"]])
    write_scenes(tmp_path, [scene(1), unmentioned], [[10, 20, 60, 90, 0.9], box])
    assert len(rows(tmp_path, "commonsense_VQA", "test")) == 1
    assert skipped(tmp_path, "commonsense_VQA", tmp_path / "counts", "test") == {"box_outside_the_picture": 1}


# VisDial ------------------------------------------------------------------------------------------------------------


def test_every_turn_has_its_own_history(tmp_path: Path) -> None:
    """One example a turn, with all turns before it and none after; a question mark is put only where none stands."""
    turns = [("is he old", "no"), ("Where is he?", "at home"), ("alone", "yes")]
    write_dialogs(tmp_path, {5: turns, 6: [("hi", "ho")]})
    found = rows(tmp_path, "visual_dialog", "test")
    first, second = {"question": "is he old?", "answer": "no"}, {"question": "Where is he?", "answer": "at home"}
    assert picked(found, "history", "question", "target") == {
        "5-0": ([], "is he old?", "no"),
        "5-1": ([first], "Where is he?", "at home"),
        "5-2": ([first, second], "alone?", "yes"),
        "6-0": ([], "hi?", "ho"),
    }
    assert found[0]["meta"] == {"image_id": 5, "caption": "a caption"}


# Hateful Memes and MEDIC --------------------------------------------------------------------------------------------


def test_memes_need_no_label(tmp_path: Path) -> None:
    """The text is the answer; whether it is hateful is kept if the file says so, and not needed."""
    unlabelled = meme(2)
    del unlabelled["label"]
    write_memes(tmp_path, [meme(1), unlabelled])
    found = rows(tmp_path, "visual_text_extraction", "test")
    assert picked(found, "target", "meta") == {"1": ("words 1", {"hateful": True}), "2": ("words 2", {})}


def test_disasters_have_seven_options(tmp_path: Path) -> None:
    """Exactly the seven kinds are offered, in words, whatever other labels a row has; image ids may repeat."""
    kinds = ["earthquake", "fire", "flood", "hurricane", "landslide", "not_disaster", "other_disaster"]
    write_disasters(tmp_path, [disaster(number, kind) for number, kind in enumerate(kinds)])
    found = rows(tmp_path, "medic_disaster_types", "test")
    words = [kind.replace("_", " ") for kind in kinds]
    assert [row["target"] for row in found] == words
    assert all(sorted(row["options"]) == words for row in found)
    assert len({tuple(row["options"]) for row in found}) > 1
    assert len(rows(tmp_path, "medic_disaster_types", "test", num_examples=3)) == 3
    assert [row["unique_id"] for row in found][:2] == [f"medic/medic_disaster_types/set-{i}" for i in (0, 1)]
