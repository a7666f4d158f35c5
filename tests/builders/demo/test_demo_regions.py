"""The demo files with regions: real fields, and annotations that are true of the images."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from instraug_datasets.builders.demo import write_demo
from instraug_datasets.builders.demo.visual_genome import numbered_scenes
from instraug_datasets.builders.demo.world import Scene
from instraug_datasets.builders.files.root import DataRoot
from instraug_datasets.builders.files.safe_pickle import read_pickled_list

SOURCES = ("coco_text", "refcoco", "refcoco+", "refcocog", "visual_genome", "vaw")
IMAGES = 16


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = write_demo(tmp_path_factory.mktemp("regions") / "raw", images=IMAGES, sources=SOURCES)
    return root


@pytest.fixture(scope="module")
def scenes() -> dict[int, Scene]:
    splits = ("train", "valid", "test")
    return {image_id: seen for split in splits for image_id, seen in numbered_scenes(split, seed=0, images=IMAGES)}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_genome_images_are_those_that_the_files_name(world: Path, scenes: dict[int, Scene]) -> None:
    """Every file lists every image once, and each image is in one of the two folders and has the listed size."""
    folder = world / "visual_genome"
    sizes = {record["image_id"]: (record["width"], record["height"]) for record in read(folder / "image_data.json")}
    assert list(sizes) == list(scenes)
    for name, key in (("region_descriptions", "id"), ("question_answers", "id"), ("relationships", "image_id")):
        assert [record[key] for record in read(folder / f"{name}.json")] == list(scenes)
    pictures = {path.name: path for part in ("VG_100K", "VG_100K_2") for path in (folder / part).iterdir()}
    assert sorted(pictures) == sorted(f"{image_id}.jpg" for image_id in scenes)
    for image_id, size in sizes.items():
        with Image.open(pictures[f"{image_id}.jpg"]) as picture:
            assert picture.size == size
    assert len(list((folder / "VG_100K").iterdir())) not in (0, len(pictures))


def test_genome_regions_are_in_the_image(world: Path, scenes: dict[int, Scene]) -> None:
    """Regions have the real fields, whole pixels, and boxes inside the image; phrases name shapes of the image."""
    fields = {"region_id", "width", "height", "image_id", "phrase", "y", "x"}
    for record in read(world / "visual_genome" / "region_descriptions.json"):
        seen = scenes[record["id"]]
        for region in record["regions"]:
            assert set(region) == fields
            assert all(isinstance(region[side], int) for side in ("x", "y", "width", "height"))
            assert min(region["x"], region["y"]) >= 0
            assert region["x"] + region["width"] <= seen.width
            assert region["y"] + region["height"] <= seen.height
            words = set(region["phrase"].split())
            assert words & {seen.background, *(shape.kind for shape in seen.shapes)}


def test_genome_relationships_hold(world: Path) -> None:
    """The predicate is true of subject and object, and objects have `name` or `names`, as in the real files."""
    ways = set()
    for record in read(world / "visual_genome" / "relationships.json"):
        for relation in record["relationships"]:
            one, other = relation["subject"], relation["object"]
            side = {"to the left of": "x", "above": "y"}[relation["predicate"].lower()]
            length = {"x": "w", "y": "h"}[side]
            # Boxes have a margin of one pixel on each side.
            assert one[side] + one[length] <= other[side] + 4
            ways |= {key for thing in (one, other) for key in thing if key.startswith("name")}
    assert ways == {"name", "names"}


def test_vaw_attributes_are_true_or_denied(world: Path, scenes: dict[int, Scene]) -> None:
    """The color of the shape is among its attributes, and no attribute is both positive and negative."""
    for name, count in (("train_part1", IMAGES), ("train_part2", IMAGES), ("val", 1), ("test", 1)):
        records = read(world / "VAW" / "vaw_dataset" / "data" / f"{name}.json")
        assert len(records) >= count
        for record in records:
            shape = scenes[int(record["image_id"])].shapes[int(record["instance_id"][-3:])]
            assert (record["object_name"], shape.colour in record["positive_attributes"]) == (shape.kind, True)
            assert not set(record["positive_attributes"]) & set(record["negative_attributes"])


def test_coco_text_joins(world: Path) -> None:
    """Texts and images refer to each other, only legible text is transcribed, and all sets and types occur."""
    content = read(world / "coco_text" / "COCO_Text.json")
    assert list(content) == ["cats", "anns", "imgs", "imgToAnns", "info"]
    assert {str(key): text["image_id"] for key, text in content["anns"].items()} == {
        str(key): int(image_id) for image_id, keys in content["imgToAnns"].items() for key in keys
    }
    for text in content["anns"].values():
        assert ("utf8_string" in text) == (text["legibility"] == "legible")
        assert content["imgs"][str(text["image_id"])]["set"] in ("train", "val")
    assert {image["set"] for image in content["imgs"].values()} == {"train", "val", "test"}
    assert {text["class"] for text in content["anns"].values()} == {
        category["name"] for category in content["cats"]["class"].values()
    }


@pytest.mark.parametrize(("corpus", "splitter"), [("refcoco", "google"), ("refcoco+", "unc"), ("refcocog", "google")])
def test_refcoco_joins(world: Path, corpus: str, splitter: str) -> None:
    """Every expression refers to an annotated object of its image, and RefCOCO+ has no location words."""
    annotations = read(world / corpus / corpus / "instances.json")["annotations"]
    places = {each["id"]: (each["image_id"], each["category_id"]) for each in annotations if not each["iscrowd"]}
    refs = [json.loads(ref) for ref in read_pickled_list(DataRoot(str(world)), f"{corpus}/{corpus}/refs({splitter}).p")]
    assert {ref["split"] for ref in refs} == {"train", "val", "test"}
    for ref in refs:
        assert places[ref["ann_id"]] == (ref["image_id"], ref["category_id"])
        assert [each["sent_id"] for each in ref["sentences"]] == ref["sent_ids"]
        if corpus == "refcoco+":
            assert not [each for each in ref["sentences"] if {"left", "right", "top", "bottom"} & set(each["tokens"])]
