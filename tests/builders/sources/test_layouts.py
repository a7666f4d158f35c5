"""Raw files in the layouts that people have: other names, folders, types of ids and endings than the declared ones."""

import csv
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from instraug_datasets.builders.demo import write_demo, zip_demo
from instraug_datasets.builders.files.root import DataRoot
from instraug_datasets.builders.sources import SOURCES, missing_files, missing_paths
from tests.builders.raw_files import jpeg, rows, write_json
from tests.builders.raw_questions import write_jsonl
from tests.builders.raw_text_sources import (
    claim,
    hypothesis,
    meme,
    write_article,
    write_csv,
    write_hypotheses,
    write_lines,
    write_memes,
    write_picture,
)


class Layout(NamedTuple):
    """Where a copy of a source has its files, as `{declared: actual}`; later moves see the results of earlier ones."""

    sources: tuple[str, ...]
    benchmark: str
    task: str
    split: str
    moves: dict[str, str]


FLICKR30K = "SNLI-VE/SNLI-VE/data/Flickr30K"
LAYOUTS = {
    "mocheg, unpacked in the data dir": Layout(
        ("mocheg",), "multiinstruct", "multimodal_factual_checking", "train", {"mocheg/mocheg/train": "mocheg/train"}
    ),
    "SNLI-VE, cloned into its folder": Layout(
        ("snli_ve",), "multiinstruct", "visual_nli", "test", {"SNLI-VE/SNLI-VE/data": "SNLI-VE/data"}
    ),
    "SNLI-VE, pictures without a link": Layout(
        ("snli_ve",), "multiinstruct", "visual_nli", "test", {f"{FLICKR30K}/images": f"{FLICKR30K}/flickr30k_images"}
    ),
    "SNLI-VE, pictures of Flickr30K": Layout(
        ("snli_ve",), "multiinstruct", "visual_nli", "test", {f"{FLICKR30K}/images": "flickr30k/flickr30k-images"}
    ),
    "Hateful Memes, as unzipped": Layout(
        ("hateful_memes",),
        "multiinstruct",
        "visual_text_extraction",
        "test",
        {f"hateful_memes/{name}": f"hateful_memes/data/{name}" for name in ("test_unseen.jsonl", "img")},
    ),
    "VCR, a folder per zip": Layout(
        ("vcr",),
        "multiinstruct",
        "commonsense_VQA",
        "test",
        {"VCR/val.jsonl": "VCR/vcr1annots/val.jsonl", "VCR/vcr1images": "VCR/vcr1images/vcr1images"},
    ),
    "GQA, a folder of questions": Layout(
        ("gqa",),
        "multiinstruct",
        "open-domain_VQA",
        "train",
        {"GQA/train_balanced_questions.json": "GQA/questions1.2/train_balanced_questions.json"},
    ),
    "TextVQA, one folder": Layout(("textvqa",), "multiinstruct", "text_vqa", "test", {"TextVQA/train_val": "TextVQA"}),
    "TextVQA with OCR tokens, one folder": Layout(
        ("textvqa", "textcaps"), "instructblip", "textvqa", "test", {"TextVQA/train_val": "TextVQA"}
    ),
    "TextCaps, one folder": Layout(
        ("textcaps",), "instructblip", "textcaps", "train", {"TextVQA/train_val": "TextVQA"}
    ),
    "VizWiz image quality, a folder of annotations": Layout(
        ("vizwiz_quality",),
        "multiinstruct",
        "image_quality",
        "train",
        {"vizwiz_image_quality/train.json": "vizwiz_image_quality/annotations/train.json"},
    ),
    "VizWiz image quality, pictures of VizWiz-VQA": Layout(
        ("vizwiz_quality",), "multiinstruct", "image_quality", "validation", {"vizwiz_image_quality/val": "VizWiz/val"}
    ),
    "VizWiz-VQA, annotations in lower case": Layout(
        ("vizwiz_vqa",), "instructblip", "vizwiz", "test", {"VizWiz/Annotations": "VizWiz/annotations"}
    ),
    "VizWiz-VQA, pictures of VizWiz image quality": Layout(
        ("vizwiz_vqa",), "instructblip", "vizwiz", "test", {"VizWiz/val": "vizwiz_image_quality/val"}
    ),
    "IconQA, as its script unpacks it": Layout(
        ("iconqa",), "instructblip", "iconqa", "test", {"IconQA/iconqa_data": "IconQA/data/iconqa_data"}
    ),
}


def move(root: Path, start: str, end: str) -> None:
    """Move a file or folder, also into itself or onto the folder that holds it."""
    taken = (root / start).rename(root / "taken")
    (root / end).parent.mkdir(parents=True, exist_ok=True)
    if (root / end).is_dir():
        shutil.copytree(taken, root / end, dirs_exist_ok=True)
        shutil.rmtree(taken)
        (root / start).rmdir() if (root / start).is_dir() else None
    else:
        taken.rename(root / end)


def content(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without the places of their pictures."""
    return [{name: value for name, value in row.items() if name != "images"} for row in found]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_other_layouts_give_the_same_rows(tmp_path: Path, layout: Layout) -> None:
    """A copy whose files lie elsewhere counts as present and gives the examples of the declared layout."""
    root = Path(write_demo(tmp_path / "raw", images=6, sources=layout.sources))
    declared = rows(root, layout.task, layout.split, benchmark=layout.benchmark, on_error="skip")
    for start, end in layout.moves.items():
        assert (root / start).exists()
        move(root, start, end)
    assert declared
    assert content(rows(root, layout.task, layout.split, benchmark=layout.benchmark, on_error="skip")) == content(
        declared
    )


def test_a_change_in_another_place_is_seen(tmp_path: Path) -> None:
    """Data that lie at another path are built again when they change."""
    write_memes(tmp_path, [meme(1)])
    for name in ("test_unseen.jsonl", "img"):
        move(tmp_path, f"hateful_memes/{name}", f"hateful_memes/data/{name}")
    assert [row["target"] for row in rows(tmp_path, "visual_text_extraction", "test")] == ["words 1"]
    write_lines(tmp_path / "hateful_memes/data/test_unseen.jsonl", [meme(1, text="other words")])
    assert [row["target"] for row in rows(tmp_path, "visual_text_extraction", "test")] == ["other words"]


@pytest.mark.parametrize("ending", ["?dl=0", "?dl=1"])
def test_zips_keep_the_end_of_their_address(tmp_path: Path, ending: str) -> None:
    """VisDial: the zips are found under the names that wget gives them, with the end of Dropbox's address."""
    demo = write_demo(tmp_path / "raw", images=3, sources=["visdial"])
    zipped = Path(zip_demo(demo, tmp_path / "zips"))
    for path in sorted((zipped / "visdial").glob("*.zip")):
        path.rename(path.with_name(path.name + ending))
    found = rows(zipped, "visual_dialog", "test")
    assert found
    assert content(found) == content(rows(demo, "visual_dialog", "test"))


def test_messages_name_declared_places_only(tmp_path: Path) -> None:
    """What is missing is named by its declared path and archive, not by all the places where it would be found."""
    assert missing_files(SOURCES["visdial"], "test", DataRoot(str(tmp_path), SOURCES["visdial"].archives)) == [
        "visdial/visdial_1.0_val.json (or visdial/visdial_1.0_val.zip)",
        "visdial/VisualDialog_val2018/ (or visdial/VisualDialog_val2018.zip)",
    ]
    assert missing_files(SOURCES["snli_ve"], "test", DataRoot(str(tmp_path))) == [
        "SNLI-VE/SNLI-VE/data/snli_ve_test.jsonl",
        "SNLI-VE/SNLI-VE/data/Flickr30K/images/",
    ]


# MOCHEG -------------------------------------------------------------------------------------------------------------


def test_claims_find_pictures_with_leading_zeros(tmp_path: Path) -> None:
    """Names of pictures have the claim's id with leading zeros, the table has it without; other claims keep theirs."""
    write_csv(tmp_path / "mocheg/mocheg/train/Corpus2.csv", [claim(281), claim(2815), claim(28)])
    for name in ("00281-proof-11-some-posters.jpg", "02815-proof-00-x.png", "28-proof-1.jpg"):
        write_picture(tmp_path / "mocheg/mocheg/train/images" / name)
    found = rows(tmp_path, "multimodal_factual_checking")
    assert {row["unique_id"].rpartition("/")[2]: Path(row["images"][0]["path"]).name for row in found} == {
        "281": "00281-proof-11-some-posters.jpg",
        "2815": "02815-proof-00-x.png",
        "28": "28-proof-1.jpg",
    }


# OCR-VQA ------------------------------------------------------------------------------------------------------------


def write_cover(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gif":
        Image.new("P", (8, 8)).save(path, "GIF")
    else:
        path.write_bytes(jpeg())


@pytest.mark.parametrize(
    ("url", "saved"),
    [
        ("http://ecx.images-amazon.com/images/I/51a.gif", "1.gif"),
        ("http://ecx.images-amazon.com/images/I/51a.gif", "1.jpg"),
        ("http://ecx.images-amazon.com/images/I/51a.jpg", "1.jpg"),
        ("http://ecx.images-amazon.com/images/I/51a.jpg?x=1", "1.png"),
        ("", "1.gif"),
        ("http://x/a.b:../c", "1.jpg"),
    ],
)
def test_covers_keep_the_ending_of_their_address(tmp_path: Path, url: str, saved: str) -> None:
    """OCR-VQA: a cover is found with the ending of its URL, which the publisher's script keeps, or another one."""
    book = {"questions": ["Who?"], "answers": ["Ann"], "split": 1, "imageURL": url}
    write_json(tmp_path / "OCR-VQA/dataset.json", {"1": book})
    write_cover(tmp_path / "OCR-VQA/images" / saved)
    (row,) = rows(tmp_path, "ocr_vqa", benchmark="instructblip")
    assert (Path(row["images"][0]["path"]).name, row["target"]) == (saved, "Ann")


def test_the_ending_of_the_address_comes_first(tmp_path: Path) -> None:
    """OCR-VQA: with two files for a book, the one that the publisher's script saved is taken."""
    book = {"questions": ["Who?"], "answers": ["Ann"], "split": 1, "imageURL": "http://x/1.gif"}
    write_json(tmp_path / "OCR-VQA/dataset.json", {"1": book})
    for name in ("1.jpg", "1.gif"):
        write_cover(tmp_path / "OCR-VQA/images" / name)
    (row,) = rows(tmp_path, "ocr_vqa", benchmark="instructblip")
    assert Path(row["images"][0]["path"]).name == "1.gif"


# Ids ----------------------------------------------------------------------------------------------------------------


def test_ids_of_memes_are_numbers_or_text(tmp_path: Path) -> None:
    """Hateful Memes: an id as text, with or without leading zeros, gives the unique id that the number gives."""
    write_memes(tmp_path, [meme(15740, id="15740"), meme(1268, id="01268"), meme(84)])
    found = rows(tmp_path, "visual_text_extraction", "test")
    assert [(row["unique_id"].rpartition("/")[2], row["target"]) for row in found] == [
        ("15740", "words 15740"),
        ("1268", "words 1268"),
        ("84", "words 84"),
    ]


def renamed(line: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**{name: value for name, value in line.items() if name != "Flickr30K_ID"}, **fields}


@pytest.mark.parametrize(
    "change",
    [
        lambda line: {**line, "Flickr30K_ID": int(line["Flickr30K_ID"])},
        lambda line: renamed(line, Flikr30kID=f"{line['Flickr30K_ID']}.jpg"),
        renamed,
    ],
    ids=["a number", "the older name with an ending", "only the pair"],
)
def test_hypotheses_name_their_picture_in_several_ways(
    tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """SNLI-VE: the older generator writes another field; without either, the id of the pair names the picture."""
    lines = [hypothesis(17), hypothesis(18, "neutral")]
    path = write_hypotheses(tmp_path, lines)
    before = rows(tmp_path, "visual_nli", "test")
    write_lines(path, [change(line) for line in lines])
    assert rows(tmp_path, "visual_nli", "test") == before
    assert [Path(row["images"][0]["path"]).name for row in before] == ["17.jpg", "18.jpg"]


@pytest.mark.parametrize(
    ("source", "benchmark", "task", "split", "file", "field"),
    [
        ("gqa", "multiinstruct", "open-domain_VQA", "validation", "GQA/val_balanced_questions.json", "imageId"),
        ("vaw", "multiinstruct", "visual_attribute", "validation", "VAW/vaw_dataset/data/val.json", "image_id"),
        ("vaw", "multiinstruct", "visual_attribute", "validation", "VAW/vaw_dataset/data/val.json", "instance_id"),
    ],
)
def test_ids_of_other_sources_are_numbers_or_text(
    tmp_path: Path, source: str, benchmark: str, task: str, split: str, file: str, field: str
) -> None:
    """Ids that the declared layout has as text may be numbers, and give the same examples."""
    root = Path(write_demo(tmp_path / "raw", images=6, sources=[source]))
    before = rows(root, task, split, benchmark=benchmark)
    records = json.loads((root / file).read_text(encoding="utf-8"))
    for record in records.values() if isinstance(records, dict) else records:
        record[field] = int(record[field])
    write_json(root / file, records)
    assert before
    assert rows(root, task, split, benchmark=benchmark) == before


@pytest.mark.parametrize(
    ("file", "task", "old", "new"),
    [
        ("region_descriptions.json", "GC", "id", "image_id"),
        ("region_descriptions.json", "if_region_overlap", "id", "image_id"),
        ("question_answers.json", "open-domain_VQA", "id", "image_id"),
        ("relationships.json", "object_relationship", "image_id", "id"),
    ],
)
def test_pictures_of_visual_genome_are_named_in_two_ways(
    tmp_path: Path, file: str, task: str, old: str, new: str
) -> None:
    """Visual Genome: the picture of a group is its `id` or its `image_id`, whatever the version of the file."""
    root = Path(write_demo(tmp_path / "raw", images=12, sources=["visual_genome"]))
    before = rows(root, task)
    groups = json.loads((root / "visual_genome" / file).read_text(encoding="utf-8"))
    write_json(
        root / "visual_genome" / file, [{new if key == old else key: group[key] for key in group} for group in groups]
    )
    assert before
    assert rows(root, task) == before


# Presence -----------------------------------------------------------------------------------------------------------


def test_pictures_alone_are_no_source(tmp_path: Path) -> None:
    """WikiHow: beside a processed file, pictures count as the raw data only with articles."""
    picture = "wikihow/data/7_Pear/image/0-0.jpg"
    write_picture(tmp_path / picture)
    line = {
        "unique_id": "wikihow_7_Pear",
        "image_source": "wikihow",
        "task_name": "wikihow_next_step",
        "image_path": f"./raw_datasets/{picture}",
        "text": "Peel the pear.",
        "context": [],
        "target_txt": "Cut the pear.",
        "meta_data": {"method": "In a Pot"},
    }
    write_jsonl(tmp_path, [line])
    write_json(tmp_path / "wikihow/wikihow_split.json", {"train": ["7_Pear"], "val": [], "test": []})
    root = DataRoot(str(tmp_path))
    assert missing_paths(SOURCES["wikihow"], "train", root) == ["wikihow/data/*/wikihow.json"]
    assert [row["target"] for row in rows(tmp_path, "wikihow_next_step")] == ["Cut the pear."]
    write_article(tmp_path, "7_Pear", {"In a Pot": ["Peel the pear.", "Eat it."]})
    assert missing_paths(SOURCES["wikihow"], "train", root) == []
    assert sorted(row["target"] for row in rows(tmp_path, "wikihow_next_step")) == ["Cut the pear.", "Eat it."]


# Video --------------------------------------------------------------------------------------------------------------


def test_empty_answers_of_ivqa_are_left_out(tmp_path: Path) -> None:
    """iVQA: an empty cell is no answer; a row without any answer is skipped."""
    pytest.importorskip("av")
    demo = Path(write_demo(tmp_path / "raw", images=4, sources=["ivqa"]))
    video = next((demo / "iVQA/video").iterdir())
    lines = [
        ["video_id", "question", *(f"answer{n}" for n in range(1, 6))],
        [video.stem, "What is it?", "tea", "", " ", "", "cup"],
        [video.stem, "Where is it?", "", "", "", "", ""],
    ]
    with (demo / "iVQA/test.csv").open("w", newline="", encoding="utf-8") as table:
        csv.writer(table).writerows(lines)
    (row,) = rows(demo, "ivqa", "test", benchmark="instructblip")
    assert (row["target"], row["answers"]) == ("tea", ["tea", "cup"])


def test_clips_of_msvd_are_named_or_numbered(tmp_path: Path) -> None:
    """MSVD-QA: clips have the names of the publisher's archive, or the numbers that the code of the data set gives."""
    pytest.importorskip("av")
    demo = Path(write_demo(tmp_path / "raw", images=4, sources=["msvd_qa"]))
    before = rows(demo, "msvd_qa", "test", benchmark="instructblip")
    lines = (demo / "MSVD-QA/youtube_mapping.txt").read_text().splitlines()
    clips = {number: clip for clip, number in map(str.split, lines)}
    (demo / "MSVD-QA/video").mkdir()
    for number, clip in clips.items():
        if (demo / f"MSVD-QA/YouTubeClips/{clip}.avi").exists():
            (demo / f"MSVD-QA/YouTubeClips/{clip}.avi").rename(demo / f"MSVD-QA/video/{number}.avi")
    after = rows(demo, "msvd_qa", "test", benchmark="instructblip")
    assert before
    assert [(row["question"], row["target"]) for row in after] == [(row["question"], row["target"]) for row in before]


# Ids ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "benchmark", "task", "file", "names"),
    [
        (
            "textvqa",
            "multiinstruct",
            "text_vqa",
            "TextVQA/train_val/TextVQA_0.5.1_val.json",
            ("question_id", "image_id"),
        ),
        ("visdial", "multiinstruct", "visual_dialog", "visdial/visdial_1.0_val.json", ("image_id",)),
        ("msvd_qa", "instructblip", "msvd_qa", "MSVD-QA/test_qa.json", ("id", "video_id")),
        ("msrvtt_qa", "instructblip", "msrvtt_qa", "MSRVTT-QA/test_qa.json", ("id", "video_id")),
    ],
)
def test_ids_may_be_numbers_or_texts(
    tmp_path: Path, source: str, benchmark: str, task: str, file: str, names: tuple[str, ...]
) -> None:
    """A copy whose ids are texts gives the examples of one whose ids are numbers."""
    root = Path(write_demo(tmp_path, images=4, sources=[source]))
    expected = content(rows(root, task, "test", benchmark=benchmark))
    assert expected

    def with_texts(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: with_texts(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [with_texts(inner) for inner in value]
        return str(value) if name in names else value

    document = json.loads((root / file).read_text(encoding="utf-8"))
    changed = with_texts(document)
    assert changed != document
    (root / file).write_text(json.dumps(changed), encoding="utf-8")
    assert content(rows(root, task, "test", benchmark=benchmark)) == expected
