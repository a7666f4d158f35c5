"""Pictures that several sources share are found, and kept, in any of the places where people have them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders import list_sources
from instraug_datasets.builders.files.picture_names import picture_names
from instraug_datasets.builders.files.root import DataRoot
from instraug_datasets.builders.sources import SOURCES, PictureSet, missing_paths
from instraug_datasets.builders.sources.shared_pictures import (
    FLICKR30K,
    TRAIN2014,
    TRAIN2017,
    VAL2014,
    VAL2017,
    VSR_DATA,
    VSR_PICTURES,
)
from instraug_datasets.errors import MissingFilesError, PictureError
from tests.builders.raw_files import jpeg, picture_path, rows, write_captions, write_json
from tests.builders.raw_questions import write_jsonl, write_tdiuc

BARE = "000000000009.jpg"


def put(root: Path, layout: tuple[str, ...], name: str = BARE) -> Path:
    """Make the folders of a layout, with one picture in the last; it has the name of the folder's release."""
    for folder in layout:
        (root / folder).mkdir(parents=True, exist_ok=True)
    release = layout[-1].rpartition("/")[2]
    path = root / layout[-1] / (f"COCO_{release}_{name}" if release.endswith("2014") else name)
    path.write_bytes(jpeg())
    return path


def write_statements(root: Path, part: str = "dev") -> None:
    line = {"image": BARE, "caption": "The cat is on the mat.", "label": 1, "relation": "on"}
    path = root / VSR_DATA / f"splits/zeroshot/{part}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")


def write_choices(root: Path, part: str = "train") -> None:
    question = {
        "question_id": "q",
        "image_id": 9,
        "question": "Who?",
        "choices": ["a", "b"],
        "correct_choice_idx": 0,
        "direct_answers": ["a"],
    }
    write_json(root / f"A-OKVQA/aokvqa_v1p0_{part}.json", [question])


def paths(found: list[dict[str, Any]]) -> list[str]:
    return [image["path"] for row in found for image in row["images"]]


@pytest.mark.parametrize("layout", VSR_PICTURES.layouts)
def test_vsr_finds_its_pictures(tmp_path: Path, layout: tuple[str, ...]) -> None:
    """VSR reads `data/images/`, where its README puts the pictures, and those of other sources, under either name."""
    write_statements(tmp_path)
    picture = put(tmp_path, layout)
    assert paths(rows(tmp_path, "visual_spatial_reasoning", "validation")) == [str(picture)]


@pytest.mark.parametrize("layout", TRAIN2014.layouts)
def test_captions_find_their_pictures(tmp_path: Path, layout: tuple[str, ...]) -> None:
    """The captions of 2014 find their pictures in every place of train2014, and among those of 2017."""
    write_captions(tmp_path, {9: ["A cat."]})
    shutil.rmtree(picture_path(tmp_path, 9).parent)
    picture = put(tmp_path, layout)
    assert paths(rows(tmp_path, "image_caption")) == [str(picture)]


@pytest.mark.parametrize("layout", TRAIN2017.layouts)
def test_choices_find_their_pictures(tmp_path: Path, layout: tuple[str, ...]) -> None:
    """The questions of A-OKVQA find the pictures of 2017 in every place, and among those of 2014."""
    write_choices(tmp_path)
    picture = put(tmp_path, layout)
    assert paths(rows(tmp_path, "aokvqa", benchmark="instructblip")) == [str(picture)]


def test_a_set_in_two_folders_needs_both(tmp_path: Path) -> None:
    """The pictures of val2014 are in both folders of 2017, so that one of them is not enough."""
    source = SOURCES["mscoco_captions"]
    write_json(tmp_path / "MSCOCO2014/annotations/captions_val2014.json", {"annotations": []})
    root = DataRoot(str(tmp_path), source.archives)
    for folder, missing in (("train2017", ["MSCOCO2014/val2014"]), ("val2017", [])):
        (tmp_path / "MSCOCO2017" / folder).mkdir(parents=True)
        assert missing_paths(source, "validation", root) == missing


def test_only_a_home_is_asked_for(tmp_path: Path) -> None:
    """The message for missing pictures names one folder and its zip, not every place."""
    write_choices(tmp_path)
    with pytest.raises(MissingFilesError) as caught:
        rows(tmp_path, "aokvqa", benchmark="instructblip")
    assert "lacks:\n  MSCOCO2017/train2017/ (or MSCOCO2017/train2017.zip)\n  Licence:" in str(caught.value)


def test_a_missing_picture_is_named_briefly(tmp_path: Path) -> None:
    """The message for a picture that is nowhere names the folders that exist, in the order of the search."""
    write_choices(tmp_path)
    for folder in ("coco/train2017", "MSCOCO2017/train2017"):
        (tmp_path / folder).mkdir(parents=True)
    named = r"there is no such image in MSCOCO2017/train2017 or coco/train2017 \(1 of the 1 records"
    with pytest.raises(PictureError, match=named):
        rows(tmp_path, "aokvqa", benchmark="instructblip")


def test_zips_of_another_source_are_read(tmp_path: Path, zip_dir: Path) -> None:
    """The questions of A-OKVQA find their pictures in the zips that lie in the folder of VSR."""
    shutil.copytree(zip_dir / "A-OKVQA", tmp_path / "A-OKVQA")
    (tmp_path / VSR_DATA).mkdir(parents=True)
    for name in ("train2017.zip", "val2017.zip"):
        shutil.copy(zip_dir / "MSCOCO2017" / name, tmp_path / VSR_DATA / name)
    ours, theirs = (rows(root, "aokvqa", benchmark="instructblip") for root in (tmp_path, zip_dir))
    assert [row["images"][0]["bytes"] for row in ours] == [row["images"][0]["bytes"] for row in theirs]
    assert len(ours) > 0


def test_a_question_of_tdiuc_has_a_picture_wherever_it_lies(tmp_path: Path) -> None:
    """Questions are skipped for want of a picture only if it is in none of the places."""
    write_tdiuc(tmp_path, [("counting", "How many?", "two"), ("counting", "How many dogs?", "one")])
    shutil.rmtree(tmp_path / "MSCOCO2014/train2014")
    (tmp_path / "MSCOCO2014/train2014").mkdir()
    assert rows(tmp_path, "VQA_counting") == []
    picture = put(tmp_path, ("coco/train2017",), "000000000001.jpg")
    assert paths(rows(tmp_path, "VQA_counting")) == [str(picture)] * 2


@pytest.mark.parametrize(
    "named",
    [
        "./raw_datasets/MSCOCO2014/train2014/COCO_train2014_000000000009.jpg",
        "/data/coco/train2014/COCO_train2014_000000000009.jpg",
        "./raw_datasets/visual_spatial_reasoning/visual-spatial-reasoning/data/trainval2017/000000000009.jpg",
    ],
)
def test_processed_instances_find_shared_pictures(tmp_path: Path, named: str) -> None:
    """Lines of the original code name a picture in one folder, and find it in every other one."""
    instance = {"unique_id": "a", "task_name": "image_caption", "image_path": named, "target_txt": "A cat."}
    write_jsonl(tmp_path, [instance])
    for layout in VSR_PICTURES.layouts:
        picture = put(tmp_path, layout)
        assert paths(rows(tmp_path, "image_caption")) == [str(picture)]
        picture.unlink()


def test_flickr30k_is_shared(tmp_path: Path) -> None:
    """The captions of Flickr30K find the pictures that lie where SNLI-VE has them."""
    image = {"filename": "7.jpg", "split": "test", "sentences": [{"raw": "A cat."}]}
    write_json(tmp_path / "caption_datasets/dataset_flickr30k.json", {"images": [image]})
    for layout in FLICKR30K.layouts:
        (tmp_path / layout[0]).mkdir(parents=True)
        (tmp_path / layout[0] / "7.jpg").write_bytes(jpeg())
        assert paths(rows(tmp_path, "flickr30k", "test", benchmark="instructblip")) == [
            str(tmp_path / layout[0] / "7.jpg")
        ]
        shutil.rmtree(tmp_path / layout[0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "COCO_val2014_000000000042.jpg",
            ("COCO_val2014_000000000042.jpg", "000000000042.jpg", "COCO_train2014_000000000042.jpg"),
        ),
        ("000000000042.jpg", ("000000000042.jpg", "COCO_train2014_000000000042.jpg", "COCO_val2014_000000000042.jpg")),
        ("VisualDialog_val2018_000000000042.jpg", ("VisualDialog_val2018_000000000042.jpg",)),
        ("42.jpg", ("42.jpg",)),
        ("../000000000042.jpg", ("../000000000042.jpg",)),
    ],
)
def test_names_of_one_picture(name: str, expected: tuple[str, ...]) -> None:
    """Names of MSCOCO are tried with and without the prefix of 2014, the given one first; others stay alone."""
    assert picture_names(name) == expected


@pytest.mark.parametrize("pictures", [TRAIN2014, VAL2014, TRAIN2017, VAL2017, VSR_PICTURES, FLICKR30K])
def test_a_home_is_a_layout(pictures: PictureSet) -> None:
    """What is downloaded is where it is looked for, so that it is not downloaded again."""
    assert pictures.home in pictures.layouts


def test_every_source_says_where_its_layout_is_from() -> None:
    """Every source over pictures of MSCOCO names the public files that show the names of its files."""
    silent = [
        source.name
        for source in list_sources()
        if any(files.shared for files in SOURCES[source.name].splits.values()) and not source.verified
    ]
    assert silent == []
