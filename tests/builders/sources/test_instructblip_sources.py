"""The sources of InstructBLIP on raw files that show what other loaders get wrong, and on files that are bad."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from instraug_datasets.builders import get_builder
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.builders.sources.web_capfilt import picture_name
from instraug_datasets.errors import ExampleError, PictureError, SourceError
from tests.builders.raw_files import jpeg, rows, write_json, write_questions

LONG = 'zażółć gęślą jaźń 猫はどこ? {braces} "quotes"\n' * 400


def build(root: Path, task: str, split: str = "train", **settings: Any) -> list[dict[str, Any]]:
    return rows(root, task, split, benchmark="instructblip", **settings)


def picture(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(jpeg())


# What other loaders get wrong ---------------------------------------------------------------------------------------


def write_ocr_vqa(root: Path, books: dict[str, dict[str, Any]], words: dict[str, list[str]] | None = None) -> Path:
    for book in books:
        picture(root, f"OCR-VQA/images/{book}.jpg")
    if words is not None:
        read = [{"image_id": book, "ocr_tokens": tokens} for book, tokens in words.items()]
        write_json(root / "OCR-VQA/ocr_tokens.json", {"data": read})
    return write_json(root / "OCR-VQA/dataset.json", books)


def book(split: int, *pairs: tuple[str, str]) -> dict[str, Any]:
    return {"questions": [q for q, _ in pairs], "answers": [a for _, a in pairs], "split": split, "title": "x"}


def test_ocr_vqa_keeps_its_splits(tmp_path: Path) -> None:
    """A book's questions are in the split of its number, and in no other."""
    write_ocr_vqa(tmp_path, {"a": book(1, ("Who?", "Ann"), ("What?", "Tea")), "b": book(3, ("Why?", "So"))})
    found = {split: build(tmp_path, "ocr_vqa", split) for split in ("train", "validation", "test")}
    assert {split: [(row["unique_id"], row["target"]) for row in each] for split, each in found.items()} == {
        "train": [("ocr_vqa/ocr_vqa/a-0", "Ann"), ("ocr_vqa/ocr_vqa/a-1", "Tea")],
        "validation": [],
        "test": [("ocr_vqa/ocr_vqa/b-0", "So")],
    }


def test_words_are_joined_and_at_most_thirty(tmp_path: Path) -> None:
    """The first thirty non-blank OCR tokens are the context, which is null if there are no tokens."""
    many = [f"w{number}" for number in range(40)]
    books = {name: book(1, ("Who?", "Ann")) for name in "abc"}
    write_ocr_vqa(tmp_path, books, {"a": ["The", " ", "Tea "], "b": many, "c": []})
    assert [row["context"] for row in build(tmp_path, "ocr_vqa")] == ["The, Tea", ", ".join(many[:30]), None]


def test_words_may_come_later(tmp_path: Path) -> None:
    """OCR-VQA is built without OCR tokens, and again once a file of tokens is added."""
    write_ocr_vqa(tmp_path, {"a": book(1, ("Who?", "Ann"))})
    kind, found = get_builder("instructblip"), list[str]()
    keys = set[str]()
    for words in (None, {"a": ["Tea"]}):
        write_ocr_vqa(tmp_path, {"a": book(1, ("Who?", "Ann"))}, words)
        keys.add(kind(config_name="ocr_vqa", data_dir=str(tmp_path)).config_id)
        found += [row["context"] for row in build(tmp_path, "ocr_vqa")]
    assert (found, len(keys)) == ([None, "Tea"], 2)


def say(*texts: str) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(texts)]


def write_llava(root: Path, talks: Iterable[tuple[str, list[dict[str, str]]]], file: str = "conversation_58k") -> Path:
    records = [{"id": name, "image": f"{name}.jpg", "conversations": said} for name, said in talks]
    for record in records:
        picture(root, f"MSCOCO2017/train2017/{record['image']}")
    return write_json(root / f"LLaVA-Instruct-150K/{file}.json", records)


def test_every_turn_of_a_talk_is_an_example_with_what_came_before(tmp_path: Path) -> None:
    """Every turn is an example with the earlier turns as history, without the image marker."""
    write_llava(tmp_path, [("1", say("<image>\nWho?", "Ann.", "Where?", "At home.", "Why?", "She rests."))])
    found = [(row["question"], row["history"], row["target"]) for row in build(tmp_path, "llava_conversation")]
    first, second = {"question": "Who?", "answer": "Ann."}, {"question": "Where?", "answer": "At home."}
    assert found == [
        ("Who?", [], "Ann."),
        ("Where?", [first], "At home."),
        ("Why?", [first, second], "She rests."),
    ]


def test_two_talks_about_one_picture_have_ids_of_their_own(tmp_path: Path) -> None:
    """Conversations of one picture have distinct ids that do not depend on their position in the file."""
    talks = [("1", say("Who?", "Ann.")), ("1", say("Why?", "So."))]
    write_llava(tmp_path, talks)
    ids = {row["unique_id"]: row["question"] for row in build(tmp_path, "llava_conversation")}
    write_llava(tmp_path, talks[::-1])
    assert ids == {row["unique_id"]: row["question"] for row in build(tmp_path, "llava_conversation")}
    assert len(ids) == 2
    write_llava(tmp_path, [talks[0], talks[0]])
    with pytest.raises(ExampleError, match="more than once"):
        build(tmp_path, "llava_conversation")


@pytest.mark.parametrize(
    "said",
    [[], say("Who?"), say("Who?", "Ann.", "Why?"), [*say("Who?"), {"from": "human", "value": "Hello?"}]],
)
def test_talks_that_do_not_take_turns_are_named(tmp_path: Path, said: list[dict[str, str]]) -> None:
    """A conversation with a missing reply raises an error with file, record and field."""
    write_llava(tmp_path, [("1", say("Who?", "Ann.")), ("2", said)])
    with pytest.raises(SourceError, match="alternate between human and gpt") as caught:
        build(tmp_path, "llava_conversation")
    assert (caught.value.record, caught.value.field) == ("record[1]", "conversations")


def test_a_dialogue_does_not_repeat_its_last_turn(tmp_path: Path, demo_dir: Path) -> None:
    """Each of the ten turns is its own, with a hundred candidates that hold its answer."""
    found = build(demo_dir, "visual_dialog", "test")[:10]
    assert [len(row["history"]) for row in found] == list(range(10))
    assert len({row["question"] for row in found}) == 10
    for before, row in pairwise(found):
        assert row["history"] == [*before["history"], {"question": before["question"], "answer": before["target"]}]
    assert [len(row["meta"]["candidates"]) for row in found] == [100] * 10
    assert all(row["target"] in row["meta"]["candidates"] for row in found)


def test_a_question_is_asked_for_the_answer_of_most(tmp_path: Path) -> None:
    """Question generation shows the chosen answer and is scored against the question, of the training split alone."""
    write_questions(tmp_path, {1: [("Is it red?", "no"), ("How many?", "2")]})
    assert [(row["answer"], row["target"], row["question"]) for row in build(tmp_path, "vqav2_qg")] == [
        ("no", "Is it red?", None),
        ("2", "How many?", None),
    ]


def write_vizwiz(root: Path, answers: list[str]) -> None:
    picture(root, "VizWiz/val/v.jpg")
    given = [{"answer": answer, "answer_confidence": "yes"} for answer in answers]
    write_json(root / "VizWiz/Annotations/val.json", [{"image": "v.jpg", "question": "What?", "answers": given}])


@pytest.mark.parametrize(
    ("answers", "target"), [(["tea", "cup", "cup"], "cup"), (["b", "a", "a", "b"], "b"), (["", "x"], "x")]
)
def test_the_target_is_what_most_annotators_say(tmp_path: Path, answers: list[str], target: str) -> None:
    """Of ten answers the most common is the target, the first of several such; all are kept for scoring."""
    write_vizwiz(tmp_path, answers)
    (row,) = build(tmp_path, "vizwiz", "test")
    assert (row["target"], row["answers"]) == (target, answers)


def write_science(root: Path, **change: Any) -> None:
    problem = {"question": "Which?", "choices": ["a", "b"], "answer": 1, "hint": "", "image": "image.png", **change}
    base = root / "ScienceQA/data/scienceqa"
    picture(root, "ScienceQA/data/scienceqa/images/test/7/image.png")
    write_json(base / "problems.json", {"7": problem})
    write_json(base / "pid_splits.json", {"test": ["7"], "val": []})


def test_hints_are_context(tmp_path: Path) -> None:
    """The hint is the context, null where there is none; the target is the text of the right choice."""
    write_science(tmp_path)
    (bare,) = build(tmp_path, "scienceqa", "test")
    write_science(tmp_path, hint="Count.")
    (hinted,) = build(tmp_path, "scienceqa", "test")
    assert [(row["context"], row["target"], row["options"]) for row in (bare, hinted)] == [
        (None, "b", ["a", "b"]),
        ("Count.", "b", ["a", "b"]),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"image": None}, "no_picture"),
        ({"choices": ["a", "a"]}, "options_alike"),
        ({"choices": ["a"], "answer": 0}, "options_alike"),
        ({"question": " "}, "empty_text"),
    ],
)
def test_unfit_exercises_are_skipped_with_a_reason(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    """Problems without a picture, without a question or with repeated choices are skipped and counted."""
    write_science(tmp_path / "raw", **change)
    assert build(tmp_path / "raw", "scienceqa", "test", report_dir=str(tmp_path / "counts")) == []
    assert skipped(tmp_path / "counts") == {reason: 1}


@pytest.mark.parametrize("answer", [2, -1, "x", ""])
def test_a_label_outside_the_choices_is_named(tmp_path: Path, answer: int | str) -> None:
    """An answer index outside of the choices raises an error with the id of the problem."""
    write_science(tmp_path, answer=answer)
    with pytest.raises(SourceError, match=r"the answer .* is not the index of one of 2 choices") as caught:
        build(tmp_path, "scienceqa", "test")
    assert (caught.value.record, caught.value.field) == ("problem[7]", "answer")


def test_an_exercise_that_is_listed_but_not_there(tmp_path: Path) -> None:
    """An unknown problem in a split, and a file without the split, raise an error."""
    write_science(tmp_path)
    splits = tmp_path / "ScienceQA/data/scienceqa/pid_splits.json"
    write_json(splits, {"test": [8]})
    with pytest.raises(SourceError, match=r"pid_splits\.json: record 8: the problem '8' is not in"):
        build(tmp_path, "scienceqa", "test")
    write_json(splits, {"val": []})
    with pytest.raises(SourceError, match=r"pid_splits\.json: field test"):
        build(tmp_path, "scienceqa", "test")


def write_web(root: Path, entries: list[dict[str, str]]) -> None:
    write_json(root / "web_capfilt/ccs_synthetic_filtered_large.json", entries)


def test_web_pictures_are_found_by_address_or_by_name(tmp_path: Path) -> None:
    """An entry's picture is the file it names, or else the one under the hash of its address."""
    url = "https://example.invalid/cat.jpg?x=1"
    assert picture_name(url) == "294859ceea8a771736391c5601cf000b3bd686cc.jpg"
    picture(tmp_path, f"web_capfilt/images/{picture_name(url)}")
    picture(tmp_path, "web_capfilt/images/cc3m/7.jpg")
    entries = [{"url": url, "caption": "a cat "}, {"image": "cc3m/7.jpg", "caption": "a dog"}]
    write_web(tmp_path, entries)
    found = {row["unique_id"]: row["target"] for row in build(tmp_path, "web_capfilt")}
    write_web(tmp_path, entries[::-1])
    assert found == {row["unique_id"]: row["target"] for row in build(tmp_path, "web_capfilt")}
    assert sorted(found.values()) == ["a cat", "a dog"]
    write_web(tmp_path, [{"caption": "a bird"}])
    with pytest.raises(SourceError, match="expected the URL of a picture"):
        build(tmp_path, "web_capfilt")


def test_training_captions_are_those_of_train2014(demo_dir: Path) -> None:
    """Each training caption of train2014 is an example; the other splits are Karpathy's, one example per picture."""
    found = {split: build(demo_dir, "coco_caption", split) for split in ("train", "validation", "test")}
    names = {split: {Path(row["images"][0]["path"]).name for row in each} for split, each in found.items()}
    assert {name.split("_")[1] for name in names["train"]} == {"train2014"}
    assert not names["validation"] & names["test"]
    assert {len(row["answers"]) for row in found["test"]} == {5}
    assert {len(row["answers"]) for row in found["train"]} == {1}


def test_all_captions_of_a_picture_are_references(demo_dir: Path) -> None:
    """Nocaps has ten references a picture, and a caption of TextCaps has all those of its picture."""
    assert {len(row["answers"]) for row in build(demo_dir, "nocaps", "test")} == {10}
    assert all(row["target"] in row["answers"] for row in build(demo_dir, "textcaps"))
    assert {len(row["answers"]) for row in build(demo_dir, "textcaps")} == {3}


def test_five_answers_of_ivqa_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The majority of five is the target, quoted commas and line breaks survive, and start and end may be missing."""
    pytest.importorskip("av")
    demo = write_demo(tmp_path / "raw", images=4, sources=["ivqa"])
    video = next((demo / "iVQA/video").iterdir())
    lines = [
        ["video_id", "question", *(f"answer{n}" for n in range(1, 6))],
        [video.stem, 'What, "now"?\nHere', "a cup", "tea", "tea", "cup", "tea"],
    ]
    with (demo / "iVQA/test.csv").open("w", newline="", encoding="utf-8") as table:
        csv.writer(table).writerows(lines)
    (row,) = build(demo, "ivqa", "test")
    assert (row["question"], row["target"]) == ('What, "now"?\nHere', "tea")
    assert row["answers"] == ["a cup", "tea", "tea", "cup", "tea"]
    assert row["meta"] == {"video": video.name}


def test_a_video_without_a_name_is_reported(tmp_path: Path) -> None:
    """A question about a video that the mapping of MSVD does not name, and a line that is no mapping, are errors."""
    pytest.importorskip("av")
    demo = write_demo(tmp_path / "raw", images=4, sources=["msvd_qa"])
    mapping = demo / "MSVD-QA/youtube_mapping.txt"
    mapping.write_text("other_1_2 vid99999\n\n")
    with pytest.raises(SourceError, match=r"test_qa\.json: record question 0, field video_id: vid[0-9]+ is not in"):
        build(demo, "msvd_qa", "test")
    mapping.write_text("other_1_2 vid99999\nother_1_2\n")
    with pytest.raises(SourceError, match=r"youtube_mapping\.txt: record line 2: expected `<clip> vid<number>`"):
        build(demo, "msvd_qa", "test")


# Bad files ----------------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A raw file of a source, a record in it that matters, and the fields that the record must have."""

    source: str
    task: str
    split: str
    file: str
    record: Callable[[Any], dict[str, Any]]
    fields: tuple[str, ...]
    text: str = ""
    """A field whose text comes out as the column `shown`, if any."""
    shown: str = ""


def of(split: str) -> Callable[[Any], dict[str, Any]]:
    return lambda document: next(image for image in document["images"] if image["split"] == split)


def first(name: str) -> Callable[[Any], dict[str, Any]]:
    return lambda document: dict.__getitem__(document, name)[0]


def listed(document: Any) -> dict[str, Any]:
    record: dict[str, Any] = document[0]
    return record


def pictured(document: Any) -> dict[str, Any]:
    """A problem of ScienceQA's test split that has a picture."""
    return next(each for each in document.values() if each["split"] == "test" and each["image"])


CASES = (
    Case("coco_karpathy", "coco_caption", "validation", "caption_datasets/dataset_coco.json", of("val"),
         ("filename", "split", "sentences")),
    Case("flickr30k", "flickr30k", "test", "caption_datasets/dataset_flickr30k.json", of("test"),
         ("filename", "split", "sentences")),
    Case("nocaps", "nocaps", "test", "nocaps/nocaps_val_4500_captions.json", first("images"), ("id", "file_name")),
    Case("nocaps", "nocaps", "test", "nocaps/nocaps_val_4500_captions.json", first("annotations"),
         ("image_id", "caption"), "caption", "target"),
    Case("web_capfilt", "web_capfilt", "train", "web_capfilt/ccs_synthetic_filtered_large.json", listed,
         ("caption",), "caption", "target"),
    Case("textcaps", "textcaps", "train", "TextCaps/TextCaps_0.1_train.json", first("data"),
         ("image_id", "caption_id", "caption_str"), "caption_str", "target"),
    Case("textcaps", "textcaps", "train", "TextVQA/train_val/TextVQA_Rosetta_OCR_v0.2_train.json", first("data"),
         ("image_id", "ocr_tokens")),
    Case("textcaps", "textvqa", "test", "TextVQA/train_val/TextVQA_Rosetta_OCR_v0.2_val.json", first("data"),
         ("image_id", "ocr_tokens")),
    Case("aokvqa", "aokvqa", "validation", "A-OKVQA/aokvqa_v1p0_val.json", listed,
         ("question_id", "image_id", "question", "choices", "correct_choice_idx", "direct_answers"),
         "question", "question"),
    Case("llava", "llava_detailed_description", "train", "LLaVA-Instruct-150K/detail_23k.json", listed,
         ("id", "image", "conversations")),
    Case("ocr_vqa", "ocr_vqa", "train", "OCR-VQA/dataset.json", lambda books: next(iter(books.values())),
         ("questions", "answers", "split")),
    Case("iconqa", "iconqa", "test", "IconQA/iconqa_data/problems.json",
         lambda problems: [each for each in problems.values() if each["ques_type"] == "choose_txt"][-1],
         ("question", "choices", "answer"), "question", "question"),
    Case("scienceqa", "scienceqa", "test", "ScienceQA/data/scienceqa/problems.json", pictured,
         ("question", "choices", "answer"), "hint", "context"),
    Case("vizwiz_vqa", "vizwiz", "test", "VizWiz/Annotations/val.json", listed, ("image", "question", "answers"),
         "question", "question"),
    Case("msvd_qa", "msvd_qa", "test", "MSVD-QA/test_qa.json", listed, ("id", "video_id", "question", "answer"),
         "question", "question"),
    Case("msrvtt_qa", "msrvtt_qa", "test", "MSRVTT-QA/test_qa.json", listed,
         ("id", "video_id", "question", "answer"), "answer", "target"),
)  # fmt: skip
each_file = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.task}-{case.file.rpartition('/')[2]}")
each_field = pytest.mark.parametrize(
    ("case", "field"),
    [pytest.param(case, field, id=f"{case.task}-{field}") for case in CASES for field in case.fields],
)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Path]:
    """A small demo world of each source alone, to be copied."""
    base, written = tmp_path_factory.mktemp("worlds"), dict[str, Path]()

    def world(case: Case) -> Path:
        if case.task in ("msvd_qa", "msrvtt_qa"):
            pytest.importorskip("av")
        if case.source not in written:
            written[case.source] = write_demo(base / case.source, images=8, sources=[case.source])
        return written[case.source]

    return world


@pytest.fixture
def copied(worlds: Callable[[Case], Path], tmp_path: Path) -> Callable[[Case], Path]:
    return lambda case: Path(shutil.copytree(worlds(case), tmp_path / "raw"))


def edit(path: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    write_json(path, content)


def skipped(counts: Path) -> dict[str, int]:
    return dict(sum((count.skipped for count in read_counts(counts)), Counter()))


@each_field
@pytest.mark.parametrize("damage", ["missing", "wrong type"])
def test_a_record_without_a_field(
    copied: Callable[[Case], Path], tmp_path: Path, case: Case, field: str, damage: str
) -> None:
    """A record with a missing or invalid field raises an error, or is skipped; the other records are read."""
    raw = copied(case)
    whole = {row["unique_id"] for row in build(raw, case.task, case.split)}
    wrong = {"missing": lambda record: record.pop(field), "wrong type": lambda record: record.update({field: {"x": 1}})}
    edit(raw / case.file, lambda document: wrong[damage](case.record(document)))
    with pytest.raises(SourceError) as caught:
        build(raw, case.task, case.split)
    assert (caught.value.file, caught.value.field) == (case.file, field)
    assert caught.value.record
    found = build(raw, case.task, case.split, on_error="skip", report_dir=str(tmp_path / "counts"))
    assert {row["unique_id"] for row in found} <= whole
    assert len(found) >= len(whole) - 4
    assert skipped(tmp_path / "counts")["bad_record"] >= 1


@each_file
@pytest.mark.parametrize("content", ["truncated", "empty", "another shape"])
def test_files_that_are_something_else(copied: Callable[[Case], Path], case: Case, content: str) -> None:
    """A truncated or empty file and JSON of another structure raise an error, regardless of `on_error`."""
    raw = copied(case)
    path = raw / case.file
    path.write_bytes({"truncated": path.read_bytes()[:-30], "empty": b"", "another shape": b"7"}[content])
    for on_error in ("raise", "skip"):
        with pytest.raises(SourceError) as caught:
            build(raw, case.task, case.split, on_error=on_error)
        assert caught.value.file == case.file


@each_file
def test_a_missing_file_is_named_with_its_licence(copied: Callable[[Case], Path], case: Case) -> None:
    """Without the file the split is not offered, and the message names file, licence and address."""
    raw = copied(case)
    (raw / case.file).unlink()
    builder = get_builder("instructblip")(config_name=case.task, data_dir=str(raw))
    assert case.split not in builder.available_splits()
    message = builder.explain_missing(case.split)
    assert case.file in message
    assert "Licence: " in message
    assert "Get it from: http" in message


@each_file
def test_a_missing_picture_is_named_or_counted(copied: Callable[[Case], Path], tmp_path: Path, case: Case) -> None:
    """A record without its picture or video raises an error with its name, or is skipped and counted."""
    raw = copied(case)
    paths = sorted(path for path in raw.rglob("*") if path.suffix in (".jpg", ".png", ".mp4", ".avi"))
    whole = len(build(raw, case.task, case.split))
    for path in paths:
        path.unlink()
    with pytest.raises(PictureError, match="there is no such image in"):
        build(raw, case.task, case.split)
    assert build(raw, case.task, case.split, on_error="skip", report_dir=str(tmp_path / "counts")) == []
    assert skipped(tmp_path / "counts")["picture_missing_or_damaged"] == whole


@pytest.mark.parametrize("case", [case for case in CASES if case.text], ids=lambda case: case.task)
def test_any_text_comes_through_unchanged(copied: Callable[[Case], Path], case: Case) -> None:
    """Long text, other alphabets, braces, quotes and line breaks are kept as they are, but for spaces at the ends."""
    raw = copied(case)
    edit(raw / case.file, lambda document: case.record(document).update({case.text: LONG}))
    assert LONG.strip() in {row[case.shown] for row in build(raw, case.task, case.split)} | {
        answer for row in build(raw, case.task, case.split) for answer in row["answers"]
    }


@pytest.mark.parametrize("index", [4, 99])
def test_a_right_choice_outside_the_choices(tmp_path: Path, index: int) -> None:
    """A-OKVQA: the number of the right choice must be that of a choice."""
    demo = write_demo(tmp_path, images=8, sources=["aokvqa"])
    file = "A-OKVQA/aokvqa_v1p0_val.json"
    edit(demo / file, lambda records: records[0].update(correct_choice_idx=index))
    with pytest.raises(SourceError, match=rf"the index {index} is out of range for 4 choices") as caught:
        build(demo, "aokvqa", "validation")
    assert (caught.value.file, caught.value.field) == (file, "correct_choice_idx")


def test_questions_and_answers_of_a_book_must_pair(tmp_path: Path) -> None:
    """OCR-VQA: a book with more questions than answers is named by its id."""
    write_ocr_vqa(tmp_path, {"a": {**book(1, ("Who?", "Ann")), "answers": []}})
    with pytest.raises(SourceError, match="the book has 1 questions, but 0 answers") as caught:
        build(tmp_path, "ocr_vqa")
    assert (caught.value.record, caught.value.field) == ("book[a]", "answers")


def test_a_csv_without_a_column_is_named(tmp_path: Path) -> None:
    """iVQA: a header without a needed column, and a span that is no number, are named."""
    pytest.importorskip("av")
    demo = write_demo(tmp_path, images=4, sources=["ivqa"])
    path = demo / "iVQA/test.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace(",10,", ",ten,", 1)]), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        build(demo, "ivqa", "test")
    assert (caught.value.file, caught.value.field) == ("iVQA/test.csv", "start")
    path.write_text("\n".join([lines[0].replace("answer5", "answer6"), *lines[1:]]), encoding="utf-8")
    with pytest.raises(SourceError, match="lacks the column") as caught:
        build(demo, "ivqa", "test")
    assert (caught.value.file, caught.value.field) == ("iVQA/test.csv", "answer5")


# Copies of files as they are in circulation -------------------------------------------------------------------------


def test_the_answer_of_vqav2_may_be_left_to_the_annotators(tmp_path: Path) -> None:
    """Annotations without `multiple_choice_answer` have the most common of the answers, for answers and questions."""
    _, annotations = write_questions(tmp_path, {1: [("Is it red?", "no"), ("How many?", "2")]})
    content = json.loads(annotations.read_text())
    for annotation, answers in zip(content["annotations"], (["3", "4", "4"], ["yes", "no", "yes"]), strict=True):
        del annotation["multiple_choice_answer"]
        annotation["answers"] = [{"answer": answer} for answer in answers]
    write_json(annotations, content)
    assert [(row["question"], row["target"]) for row in build(tmp_path, "vqav2")] == [
        ("Is it red?", "yes"),
        ("How many?", "4"),
    ]
    assert [(row["answer"], row["target"]) for row in build(tmp_path, "vqav2_qg")] == [
        ("yes", "Is it red?"),
        ("4", "How many?"),
    ]


@pytest.mark.parametrize("folder", ["coco/train2017/", "train2017/", ""])
def test_a_talk_may_name_its_picture_with_a_folder(tmp_path: Path, folder: str) -> None:
    """Ids are numbers or texts, and pictures may be named with the folder that later mixtures put before them."""
    picture(tmp_path, "MSCOCO2017/train2017/000000000007.jpg")
    talk = {"id": 7, "image": f"{folder}000000000007.jpg", "conversations": say("Who?", "Ann.")}
    write_json(tmp_path / "LLaVA-Instruct-150K/conversation_58k.json", [talk])
    (row,) = build(tmp_path, "llava_conversation")
    assert row["unique_id"].startswith("llava_conversation/llava_conversation/7-")
    assert row["images"] == [{"path": str(tmp_path / "MSCOCO2017/train2017/000000000007.jpg"), "bytes": None}]


@pytest.mark.parametrize("path", ["images/abc.jpg", "val/abc.jpg", "images/val/abc.jpg", "val/3.jpg", "images/3.jpg"])
def test_pictures_of_nocaps_may_be_named_by_their_id(tmp_path: Path, path: str) -> None:
    """A script of the authors saved the pictures under their `id`, others under their `file_name`."""
    picture(tmp_path, f"nocaps/{path}")
    content = {
        "images": [{"id": 3, "file_name": "abc.jpg"}],
        "annotations": [{"image_id": 3, "caption": "A cat."}],
    }
    write_json(tmp_path / "nocaps/annotations/nocaps_val_4500_captions.json", content)
    (row,) = build(tmp_path, "nocaps", "test")
    assert row["images"] == [{"path": str(tmp_path / "nocaps" / path), "bytes": None}]


def test_the_files_of_vqav2_may_be_in_folders_of_their_kind(tmp_path: Path) -> None:
    """Questions/ and Annotations/, as VQA's own tools have them, are read like files side by side."""
    write_questions(tmp_path, {1: [("Is it red?", "no")]})
    for kind in ("Questions", "Annotations"):
        (tmp_path / "VQA_V2" / kind).mkdir()
        (file,) = (tmp_path / "VQA_V2").glob(f"*_{kind.lower()}.json")
        file.rename(file.parent / kind / file.name)
    assert [row["target"] for row in build(tmp_path, "vqav2")] == ["no"]


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude00", r"\ude00\ud83d", r"\uD83D x"])
def test_a_talk_with_half_a_character_is_one_bad_record(tmp_path: Path, half: str) -> None:
    """A lone surrogate spoils its own record, which is counted; whole pairs and escaped backslashes are texts."""
    path = write_llava(tmp_path, [("1", say("Who?", "HALF")), ("2", say(r"\ud83d?", "\U0001f600"))])
    path.write_text(path.read_text().replace("HALF", f"Ann {half}."), encoding="utf-8")
    with pytest.raises(SourceError, match="half of a surrogate pair") as caught:
        build(tmp_path, "llava_conversation")
    assert caught.value.record == "record[0]"
    found = build(tmp_path, "llava_conversation", on_error="skip", report_dir=str(tmp_path / "report"))
    assert [(row["question"], row["target"]) for row in found] == [(r"\ud83d?", "\U0001f600")]
    assert skipped(tmp_path / "report") == {"bad_record": 1}


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    """JSON and JSON Lines are read after a byte order mark, as some editors write it."""
    path = write_llava(tmp_path, [("1", say("Who?", "Ann."))])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [row["target"] for row in build(tmp_path, "llava_conversation")] == ["Ann."]
    picture(tmp_path, "hateful_memes/img/1.png")
    meme = {"id": 1, "img": "img/1.png", "label": 0, "text": "hello"}
    lines = tmp_path / "hateful_memes/test_unseen.jsonl"
    lines.write_bytes(b"\xef\xbb\xbf" + json.dumps(meme).encode() + b"\n")
    assert len(build(tmp_path, "hateful_memes", "test")) == 1
