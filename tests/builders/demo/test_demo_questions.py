"""The demo files of questions and image quality: real fields, consistent files, right answers, enough examples."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from instraug_datasets.builders.demo import write_demo
from instraug_datasets.builders.demo.mscoco import numbered_scenes
from instraug_datasets.builders.demo.textvqa import WORDS
from instraug_datasets.builders.rows import ROWS
from instraug_datasets.builders.sources.tdiuc import QUESTION_TYPES
from tests.builders.raw_files import rows

TESTED = ("ok_vqa", "tdiuc", "gqa", "textvqa", "visual7w", "vizwiz_quality")
SERVED = sorted(
    {
        (row.task, split)
        for row in ROWS
        if row.benchmark == "multiinstruct" and row.source.name.startswith(TESTED) and not row.source.extra
        for split in row.splits
        if row.source.name != "textvqa_ocr"
    }
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = write_demo(tmp_path_factory.mktemp("demo") / "raw", images=16, sources=TESTED)
    return root


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_task_has_enough_examples(world: Path) -> None:
    """Sixteen images give at least five examples of every task in every split."""
    counts = {served: len(rows(world, *served)) for served in SERVED}
    assert len(counts) > 25
    assert {served: count for served, count in counts.items() if count < 5} == {}


@pytest.mark.parametrize("split", ["train", "val"])
def test_ok_vqa(world: Path, split: str) -> None:
    """Both files have the fields of the real ones and join; most of ten annotators agree."""
    folder = world / "OK-VQA" / split
    questions = read(folder / f"OpenEnded_mscoco_{split}2014_questions.json")["questions"]
    annotations = read(folder / f"mscoco_{split}2014_annotations.json")["annotations"]
    assert {tuple(record) for record in questions} == {("image_id", "question", "question_id")}
    assert {record["question_id"] for record in questions} == {record["question_id"] for record in annotations}
    for record in annotations:
        assert [tuple(answer) for answer in record["answers"]] == [
            ("answer_id", "raw_answer", "answer_confidence", "answer")
        ] * 10
        assert Counter(answer["answer"] for answer in record["answers"]).most_common(1)[0][1] >= 6


@pytest.mark.parametrize("split", ["train", "val"])
def test_tdiuc(world: Path, split: str) -> None:
    """Every question has one answer and a type; all types occur, and a few images are not from MSCOCO."""
    questions = read(world / f"TDIUC/Questions/OpenEnded_mscoco_{split}2014_questions.json")["questions"]
    annotations = read(world / f"TDIUC/Annotations/mscoco_{split}2014_annotations.json")["annotations"]
    texts = {record["question_id"]: (record["image_id"], record["question"]) for record in questions}
    assert len(texts) == len(annotations)
    assert {record["question_type"] for record in annotations} == {*QUESTION_TYPES, "absurd"}
    scenes = dict(numbered_scenes(split, seed=0, images=16))
    known = [record for record in annotations if record["image_id"] in scenes]
    assert 0 < len(annotations) - len(known) < 5
    for record in known:
        image_id, text = texts[record["question_id"]]
        assert image_id == record["image_id"]
        [answer] = record["answers"]
        kinds = {shape.kind for shape in scenes[image_id].shapes}
        if record["question_type"] == "object_presence":
            kind = text.split()[3]
            assert (answer["answer"] == "yes") == any(kind in (f"{name}s", f"{name}es") for name in kinds)
        if record["question_type"] in ("object_recognition", "positional_reasoning"):
            assert answer["answer"] in kinds
        if record["question_type"] == "absurd":
            assert text.rstrip("?").split()[-1] not in kinds


def test_gqa(world: Path) -> None:
    """Questions are keyed by id, refer to existing images, and have a short and a full answer."""
    for split in ("train", "val", "testdev"):
        for record in read(world / f"GQA/{split}_balanced_questions.json").values():
            assert (world / f"GQA/images/{record['imageId']}.jpg").is_file()
            assert record["answer"] in record["fullAnswer"]


def test_visual7w(world: Path) -> None:
    """Four different answers per question; boxes are in the file; images of all splits are in one folder."""
    telling, pointing = (read(world / f"visual7w/dataset_v7w_{kind}.json") for kind in ("telling", "pointing"))
    boxes = {box["box_id"]: box for box in pointing["boxes"]}
    assert len(boxes) == len(pointing["boxes"])
    assert -1 in {box[side] for box in boxes.values() for side in ("x", "y")}
    for image in (*telling["images"], *pointing["images"]):
        assert (world / "visual7w/images" / image["filename"]).is_file()
        for pair in image["qa_pairs"]:
            assert len({pair["answer"], *pair["multiple_choices"]}) == 4
    pairs = [pair for image in pointing["images"] for pair in image["qa_pairs"]]
    assert {each for pair in pairs for each in (pair["answer"], *pair["multiple_choices"])} <= boxes.keys()
    assert all(boxes[pair["answer"]]["name"] in pair["question"] for pair in pairs)


@pytest.mark.parametrize("split", ["train", "val"])
def test_vizwiz(world: Path, split: str) -> None:
    """Five votes per image; all flaws occur; dark images are dark and bright ones bright."""
    records = read(world / f"vizwiz_image_quality/{split}.json")
    seen = {}
    for record in records:
        assert sum(record["flaws"].values()) == 5
        with Image.open(world / "vizwiz_image_quality" / split / record["image"]) as picture:
            seen[max(record["flaws"], key=record["flaws"].__getitem__)] = ImageStat.Stat(picture.convert("L")).mean[0]
    assert set(seen) == {"NON", "BLR", "BRT", "DRK", "FRM", "OBS", "ROT", "OTH"}
    assert seen["DRK"] < 50 < 200 < seen["BRT"]


def test_textvqa(world: Path) -> None:
    """Ten answers per question, most of them the word on the sign, and the size of the image."""
    for record in read(world / "TextVQA/train_val/TextVQA_0.5.1_val.json")["data"]:
        with Image.open(world / f"TextVQA/train_val/train_images/{record['image_id']}.jpg") as picture:
            assert picture.size == (record["image_width"], record["image_height"])
        (word, count), *_ = Counter(record["answers"]).most_common()
        assert (len(record["answers"]), word in WORDS, count >= 6) == (10, True, True)
