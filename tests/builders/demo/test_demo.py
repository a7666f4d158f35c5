"""The demo world has the original layouts, consistent files and labels, and reproducible bytes."""

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from instraug_datasets.builders.demo import DEMO_SOURCES, clips, write_demo, zip_demo
from instraug_datasets.builders.demo.shapes import COLOURS, KINDS
from instraug_datasets.builders.demo.world import Scene, holds, make_scene
from instraug_datasets.errors import MissingFilesError, SettingError, UnknownNameError

SPLITS = ("train", "val")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = write_demo(tmp_path_factory.mktemp("demo") / "raw", images=40)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def coco(world: Path, name: str) -> dict[str, Any]:
    return dict(read(world / "MSCOCO2014" / "annotations" / f"{name}2014.json"))


# Writing ------------------------------------------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    """Two worlds of the same arguments are identical."""
    one, other = (contents(write_demo(tmp_path / name, seed=3, images=6)) for name in "ab")
    assert one == other


def test_another_seed_gives_other_images_and_words(tmp_path: Path) -> None:
    """A world of another seed has the same file names for COCO, but no equal file."""
    one, other = (contents(write_demo(tmp_path / str(seed), seed=seed, images=6)) for seed in (0, 1))
    coco_files = {name for name in one if name.startswith("MSCOCO2014")}
    assert coco_files <= other.keys()
    alike = [name for name in one if one[name] == other.get(name)]
    assert [name for name in alike if not name.endswith("VG_splits.json")] == []


def test_more_images_keep_those_of_a_smaller_world(tmp_path: Path) -> None:
    """A larger world adds images and leaves the others unchanged."""
    small, large = (contents(write_demo(tmp_path / str(images), images=images)) for images in (4, 8))
    pictures = {name: data for name, data in small.items() if name.endswith((".jpg", ".png"))}
    assert pictures.items() <= large.items()
    assert len(pictures) < len([name for name in large if name.endswith((".jpg", ".png"))])


def test_a_second_call_leaves_a_finished_world_alone(tmp_path: Path) -> None:
    """A complete world is not written again: manual changes are kept."""
    root = write_demo(tmp_path, images=2, sources=["vsr"])
    statements = next(root.rglob("dev.jsonl"))
    statements.write_text("mine")
    write_demo(tmp_path, images=2, sources=["vsr"])
    assert statements.read_text() == "mine"


@pytest.mark.parametrize("damage", ["stamp", "folder"])
def test_an_incomplete_world_is_written_again(tmp_path: Path, damage: str) -> None:
    """After an interruption, or if a folder is missing, the next call writes the whole world and nothing else."""
    whole = contents(write_demo(tmp_path / "whole", images=3))
    root = write_demo(tmp_path / "half", images=3)
    stamp = read(root / ".demo.json")
    (root / ".demo.partial" / "nlvr").mkdir(parents=True)
    if damage == "stamp":
        (root / ".demo.json").write_text(json.dumps({**stamp, "complete": False}))
        (root / "VQA_V2" / "v2_mscoco_val2014_annotations.json").write_text("{")
    else:
        (root / "VQA_V2").rename(tmp_path / "moved away")
    write_demo(root, images=3)
    assert contents(root) == whole
    assert not (root / ".demo.partial").exists()


def test_other_arguments_replace_the_world(tmp_path: Path) -> None:
    """A world of other arguments replaces the old one completely."""
    write_demo(tmp_path / "one", images=5)
    write_demo(tmp_path / "one", images=2, sources=["nlvr"])
    assert contents(tmp_path / "one") == contents(write_demo(tmp_path / "other", images=2, sources=["nlvr"]))


def test_data_that_are_not_a_demo_are_never_overwritten(tmp_path: Path) -> None:
    """A data dir with the real MSCOCO is refused and left unchanged; other files beside the world are kept."""
    (tmp_path / "notes.txt").write_text("keep")
    (tmp_path / "MSCOCO2014").mkdir()
    with pytest.raises(SettingError, match="MSCOCO2014"):
        write_demo(tmp_path, images=2)
    write_demo(tmp_path, images=2, sources=["nlvr"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [".demo.json", "MSCOCO2014", "nlvr", "notes.txt"]


@pytest.mark.parametrize("name", DEMO_SOURCES)
def test_each_source_writes_what_its_row_says(tmp_path: Path, name: str) -> None:
    """A single source writes exactly its declared folders, with images or, if PyAV is installed, videos."""
    write_demo(tmp_path, images=2, sources=[name])
    assert {path.name for path in tmp_path.iterdir()} == {".demo.json", *DEMO_SOURCES[name].folders}
    videos = name in ("msvd_qa", "msrvtt_qa", "ivqa")
    shown = {".avi", ".mp4"} if videos else {".jpg", ".png"}
    assert bool({path.suffix for path in tmp_path.rglob("*")} & shown) == (not videos or clips.can_write())


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    """An unknown source or a world without images raises an error that names the value."""
    with pytest.raises(UnknownNameError, match="'nlvr'"):
        write_demo(tmp_path, sources=["nlvr2"])
    with pytest.raises(SettingError, match="images=0"):
        write_demo(tmp_path, images=0)
    assert list(tmp_path.iterdir()) == []


# The world ----------------------------------------------------------------------------------------------------------


def test_shapes_are_inside_the_image_and_do_not_overlap() -> None:
    """Every box is at least 8 pixels wide and high, inside the image, and overlaps no other."""
    for shown in (make_scene(0, number) for number in range(300)):
        assert 3 <= len(shown.shapes) <= 7
        for x, y, width, height in (shape.box for shape in shown.shapes):
            assert (min(width, height) >= 8, min(x, y) >= 0) == (True, True)
            assert (x + width <= shown.width, y + height <= shown.height) == (True, True)
        sides = ("left of", "right of", "above", "below")
        pairs = permutations(shown.shapes, 2)
        assert all(any(holds(side, one, other) for side in sides) for one, other in pairs)


def test_every_kind_and_colour_occurs() -> None:
    """A few hundred scenes contain all kinds, all colors, and several shapes of one kind."""
    scenes = [make_scene(0, number) for number in range(300)]
    shapes = [shape for shown in scenes for shape in shown.shapes]
    assert {shape.kind for shape in shapes} == set(KINDS)
    assert {shape.colour for shape in shapes} == set(COLOURS)
    assert any(max(Counter(shape.kind for shape in shown.shapes).values()) > 2 for shown in scenes)


# MSCOCO -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", SPLITS)
def test_coco_files_have_the_real_fields(world: Path, split: str) -> None:
    """Both files have the top-level keys and record fields of the real ones, in the same order."""
    captions, instances = coco(world, f"captions_{split}"), coco(world, f"instances_{split}")
    assert list(captions) == ["info", "images", "licenses", "annotations"]
    assert list(instances) == ["info", "images", "licenses", "annotations", "categories"]
    image = ("license", "file_name", "coco_url", "height", "width", "date_captured", "flickr_url", "id")
    assert {tuple(record) for record in captions["images"]} == {image}
    assert {tuple(record) for record in captions["annotations"]} == {("image_id", "id", "caption")}
    box = ("segmentation", "area", "iscrowd", "image_id", "bbox", "category_id", "id")
    assert {tuple(record) for record in instances["annotations"]} == {box}
    assert {record["name"] for record in instances["categories"]} == set(KINDS)


@pytest.mark.parametrize("split", SPLITS)
def test_coco_images_are_those_that_the_files_name(world: Path, split: str) -> None:
    """The folder holds the listed images and no others, each a JPEG of the stated size."""
    listed = coco(world, f"instances_{split}")["images"]
    folder = world / "MSCOCO2014" / f"{split}2014"
    assert sorted(path.name for path in folder.iterdir()) == sorted(image["file_name"] for image in listed)
    for image in listed:
        assert image["file_name"] == f"COCO_{split}2014_{image['id']:012d}.jpg"
        with Image.open(folder / image["file_name"]) as picture:
            picture.load()
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (image["width"], image["height"]))


@pytest.mark.parametrize("split", SPLITS)
def test_coco_annotations_join_and_fit(world: Path, split: str) -> None:
    """Ids are unique; every annotation has an image and a category; polygons touch the sides of their boxes."""
    instances = coco(world, f"instances_{split}")
    sizes = {image["id"]: (image["width"], image["height"]) for image in instances["images"]}
    categories = {category["id"] for category in instances["categories"]}
    annotations = instances["annotations"]
    assert len({annotation["id"] for annotation in annotations}) == len(annotations)
    for annotation in annotations:
        (x, y, width, height), (right, bottom) = annotation["bbox"], sizes[annotation["image_id"]]
        assert annotation["category_id"] in categories
        assert min(x, y) >= 0
        assert x + width <= right
        assert y + height <= bottom
        assert 0 < annotation["area"] <= width * height + 0.01
        if not annotation["iscrowd"]:
            [polygon] = annotation["segmentation"]
            sides = [min(polygon[::2]), min(polygon[1::2]), max(polygon[::2]), max(polygon[1::2])]
            assert sides == pytest.approx([x, y, x + width, y + height], abs=0.011)


def test_some_shapes_form_a_crowd(world: Path) -> None:
    """There are a few crowds, whose run lengths cover the image and add up to the area."""
    instances = coco(world, "instances_train")
    crowds = [annotation for annotation in instances["annotations"] if annotation["iscrowd"]]
    assert 0 < len(crowds) < len(instances["images"]) / 4
    sizes = {image["id"]: [image["height"], image["width"]] for image in instances["images"]}
    for crowd in crowds:
        counts, size = crowd["segmentation"]["counts"], crowd["segmentation"]["size"]
        assert size == sizes[crowd["image_id"]]
        assert sum(counts) == size[0] * size[1]
        assert sum(counts[1::2]) == crowd["area"]


def test_splits_share_no_image(world: Path) -> None:
    """No image id is in both splits."""
    train, val = ({image["id"] for image in coco(world, f"captions_{split}")["images"]} for split in SPLITS)
    assert (len(train), len(val), train & val) == (40, 40, set())


@pytest.mark.parametrize("split", SPLITS)
def test_captions_are_five_different_true_sentences(world: Path, split: str) -> None:
    """Each image has five sentences, and every color or kind that they name is in the image."""
    captions = coco(world, f"captions_{split}")
    for image in captions["images"]:
        texts = [record["caption"] for record in captions["annotations"] if record["image_id"] == image["id"]]
        assert len(set(texts)) == 5
        shown = make_scene(0, image["id"])
        there = {word for shape in shown.shapes for word in (shape.colour, shape.kind)}
        for text in texts:
            assert re.fullmatch(r"[A-Z][a-z ,]+\.", text)
            assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", text)
            assert not re.search(
                r"\b(two|three|four|five|six|seven) ([a-z]+ )?[a-z]+(?<!s)(,| and| on| in| at|\.)", text
            )
            named = {word for word in (*KINDS, *COLOURS) if re.search(rf"\b{word}(s|es)?\b", text)}
            assert named <= there


# VQAv2 --------------------------------------------------------------------------------------------------------------


def vqa(world: Path, split: str) -> tuple[dict[str, Any], dict[str, Any]]:
    folder = world / "VQA_V2"
    return (
        read(folder / f"v2_OpenEnded_mscoco_{split}2014_questions.json"),
        read(folder / f"v2_mscoco_{split}2014_annotations.json"),
    )


@pytest.mark.parametrize("split", SPLITS)
def test_vqa_files_have_the_real_fields_and_join(world: Path, split: str) -> None:
    """Both files have the same unique question ids, on images of the COCO files, with all fields of the real files."""
    questions, annotations = vqa(world, split)
    top = {"info", "license", "data_type", "data_subtype"}
    assert questions.keys() == top | {"task_type", "questions"}
    assert annotations.keys() == top | {"annotations"}
    keys = [(record["question_id"], record["image_id"]) for record in questions["questions"]]
    assert keys == [(record["question_id"], record["image_id"]) for record in annotations["annotations"]]
    assert len(dict(keys)) == len(keys)
    assert {image for _, image in keys} == {image["id"] for image in coco(world, f"captions_{split}")["images"]}
    fields = {"question_type", "multiple_choice_answer", "answers", "image_id", "answer_type", "question_id"}
    assert {frozenset(record) for record in annotations["annotations"]} == {frozenset(fields)}


@pytest.mark.parametrize("split", SPLITS)
def test_ten_annotators_agree_on_the_answer_by_majority(world: Path, split: str) -> None:
    """The answer is that of most of ten numbered annotators, all answer types occur, and not all annotators agree."""
    annotations = vqa(world, split)[1]["annotations"]
    assert {record["answer_type"] for record in annotations} == {"yes/no", "number", "other"}
    for record in annotations:
        assert [answer["answer_id"] for answer in record["answers"]] == list(range(1, 11))
        assert {answer["answer_confidence"] for answer in record["answers"]} <= {"yes", "maybe", "no"}
        [(majority, votes)] = Counter(answer["answer"] for answer in record["answers"]).most_common(1)
        assert (majority, votes >= 7) == (record["multiple_choice_answer"], True)
    split_votes = [len({answer["answer"] for answer in record["answers"]}) > 1 for record in annotations]
    assert 0.1 < sum(split_votes) / len(split_votes) < 0.6


def count_of(word: str, shown: Scene) -> int:
    kind = "cross" if word == "crosses" else word.removesuffix("s")
    return sum(word == shape.colour or kind == shape.kind for shape in shown.shapes)


ANSWERS: list[tuple[str, Callable[[Scene, tuple[str, ...]], object]]] = [
    (r"Is there an? (\w+ \w+) in the picture\?", lambda seen, words: words[0] in {s.name for s in seen.shapes}),
    (r"Are there any (\w+)\?", lambda seen, words: count_of(words[0], seen) > 0),
    (r"Is the background (\w+)\?", lambda seen, words: seen.background == words[0]),
    (r"Is the (\w+) (?:to the )?(above|below|left of|right of) the (\w+)\?", lambda seen, words: related(seen, *words)),
    (r"How many shapes are in the picture\?", lambda seen, _: len(seen.shapes)),
    (r"How many (\w+)(?: shapes)? are there\?", lambda seen, words: count_of(words[0], seen)),
    (r"What color is the background\?", lambda seen, _: seen.background),
    (r"What color is the (\w+)\?", lambda seen, words: only(s.colour for s in seen.shapes if s.kind == words[0])),
    (r"What is the (\w+) shape\?", lambda seen, words: only(s.kind for s in seen.shapes if s.colour == words[0])),
    (r"Which shape is the largest\?", lambda seen, _: max(seen.shapes, key=lambda s: s.box[2] * s.box[3]).kind),
    (r"Is the (\w+) on the left or the right side of the picture\?", lambda seen, words: side(seen, words[0])),
]


def only(values: Any) -> Any:
    [value] = values
    return value


def related(seen: Scene, one: str, relation: str, other: str) -> bool:
    first, second = (only(shape for shape in seen.shapes if shape.kind == kind) for kind in (one, other))
    return bool(holds(relation, first, second))


def side(seen: Scene, kind: str) -> str:
    return "left" if only(s.centre[0] for s in seen.shapes if s.kind == kind) < seen.width / 2 else "right"


@pytest.mark.parametrize("split", SPLITS)
def test_answers_are_right(world: Path, split: str) -> None:
    """Every question has a known form and is unambiguous, and its answer is true of the scene."""
    questions, annotations = vqa(world, split)
    for question, record in zip(questions["questions"], annotations["annotations"], strict=True):
        match, rule = next((m, rule) for form, rule in ANSWERS if (m := re.fullmatch(form, question["question"])))
        truth = rule(make_scene(0, question["image_id"]), match.groups())
        words = {True: "yes", False: "no"}[truth] if isinstance(truth, bool) else str(truth)
        assert (question["question"], record["multiple_choice_answer"]) == (question["question"], words)


# NLVR ---------------------------------------------------------------------------------------------------------------

NLVR_COLOURS = {"yellow": "Yellow", "black": "Black", "blue": "#0099ff"}
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4}


def nlvr_truth(sentence: str, boxes: list[list[dict[str, Any]]]) -> bool:
    """Whether a sentence is true of the structured representation, computed independently of the demo code."""
    colour = [NLVR_COLOURS[word] for word in re.findall("yellow|black|blue", sentence)]
    number = next((NUMBERS[word] for word in re.findall(r"\w+", sentence) if word in NUMBERS), 0)
    kind = next(iter(re.findall("circle|square|triangle", sentence)), None)
    counts = [sum(item["color"] in colour for item in box) for box in boxes]
    items = [item for box in boxes for item in box if item["type"] == kind and item["color"] in colour]
    towers = [[block["color"] for block in sorted(box, key=lambda block: -int(block["y_loc"]))] for box in boxes]
    rules: dict[str, Callable[[], bool]] = {
        r"There is a box with exactly \w+ \w+ items?\.": lambda: number in counts,
        r"There is a box with only \w+ items\.": lambda: any(map(int.__eq__, counts, map(len, boxes))),
        r"There is at least one \w+ \w+\.": lambda: items != [],
        r"Each box contains at least one \w+ item\.": lambda: 0 not in counts,
        r"There is a \w+ \w+ touching the edge of a box\.": lambda: any(map(touches, items)),
        r"There is a tower with exactly \w+ blocks?\.": lambda: number in map(len, boxes),
        r"There is a tower with a \w+ block at the base\.": lambda: any(tower[0] in colour for tower in towers),
        r"There is a tower with a \w+ block at the top\.": lambda: any(tower[-1] in colour for tower in towers),
        r"There are exactly two towers with a \w+ block at the base\.": lambda: (
            [t[0] for t in towers].count(colour[0]) == 2
        ),
        r"There is a \w+ block directly above a \w+ block\.": lambda: any(
            [high, low] == colour for tower in towers for low, high in pairwise(tower)
        ),
    }
    return only(rule for form, rule in rules.items() if re.fullmatch(form, sentence))()


def touches(item: dict[str, Any]) -> bool:
    return not {0, 100 - int(item["size"])}.isdisjoint((item["x_loc"], item["y_loc"]))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("split", ["dev", "test"])
def test_nlvr_labels_are_right(tmp_path: Path, split: str, seed: int) -> None:
    """Labels agree with the structured representation and most raters, and half of them are true."""
    root = write_demo(tmp_path, seed=seed, images=40, sources=["nlvr"])
    records = read_lines(root / "nlvr" / "nlvr" / "nlvr" / split / f"{split}.json")
    fields = ["sentence", "label", "identifier", "directory", "evals", "structured_rep"]
    assert {tuple(record) for record in records} == {tuple(fields)}
    assert Counter(record["label"] for record in records) == {"true": 10, "false": 10}
    assert len({record["identifier"] for record in records}) == 20
    for record in records:
        truth = nlvr_truth(record["sentence"], record["structured_rep"])
        assert (record["sentence"], record["label"]) == (record["sentence"], str(truth).lower())
        assert Counter(record["evals"].values())[record["label"]] >= 4


@pytest.mark.parametrize("split", ["dev", "test"])
def test_nlvr_images_show_the_boxes_in_all_six_orders(world: Path, split: str) -> None:
    """Each statement has six RGBA images, the k-th with the boxes in the k-th order, each item at its position."""
    folder = world / "nlvr" / "nlvr" / "nlvr" / split
    records = read_lines(folder / f"{split}.json")
    names = {f"{r['directory']}/{split}-{r['identifier']}-{k}.png" for r in records for k in range(6)}
    assert {path.relative_to(folder / "images").as_posix() for path in (folder / "images").rglob("*.png")} == names
    for record in records:
        for k, order in enumerate(permutations(record["structured_rep"])):
            name = f"{split}-{record['identifier']}-{k}.png"
            with Image.open(folder / "images" / record["directory"] / name) as picture:
                assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", (400, 100))
                for i, box in enumerate(order):
                    for item in box:
                        middle = item["size"] // 2
                        pixel = picture.getpixel((150 * i + item["x_loc"] + middle, item["y_loc"] + middle))
                        assert pixel == RGBA[item["color"]]


RGBA = {"Yellow": (255, 255, 0, 255), "Black": (0, 0, 0, 255), "#0099ff": (0, 153, 255, 255)}


# VSR ----------------------------------------------------------------------------------------------------------------

BASIC = {"at the left side of": "left of", "at the right side of": "right of", "over": "above"} | {
    word: "below" for word in ("under", "beneath")
}


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_vsr_labels_are_right(world: Path, split: str) -> None:
    """Each image has a true and a false statement, composed of their fields, and the votes support the label."""
    data = world / "visual_spatial_reasoning" / "visual-spatial-reasoning" / "data"
    records = read_lines(data / "splits" / "zeroshot" / f"{split}.jsonl")
    fields = (
        "image image_link caption label relation subj obj annotator_id vote_true_validator_id vote_false_validator_id"
    )
    assert {tuple(record) for record in records} == {tuple(fields.split())}
    pictures = Counter((record["image"], record["label"]) for record in records)
    assert (len(pictures), set(pictures.values())) == (80, {1})
    for record in records:
        shown = make_scene(0, int(record["image"].removesuffix(".jpg")))
        with Image.open(data / "trainval2017" / record["image"]) as picture:
            assert (picture.format, picture.size) == ("JPEG", (shown.width, shown.height))
        assert record["caption"] == f"The {record['subj']} is {record['relation']} the {record['obj']}."
        relation = BASIC.get(record["relation"], record["relation"])
        assert related(shown, record["subj"], relation, record["obj"]) == bool(record["label"])
        votes = [len(json.loads(record[f"vote_{label}_validator_id"])) for label in ("false", "true")]
        assert votes[record["label"]] > votes[1 - record["label"]]


# Archives -----------------------------------------------------------------------------------------------------------


def test_archives_hold_the_same_bytes(world: Path, tmp_path: Path) -> None:
    """The archives, extracted as the publishers document, and the copied folders give the same files."""
    packed = zip_demo(world, tmp_path / "packed")
    unpacked = {name: data for name, data in contents(packed).items() if not name.endswith(".zip")}
    for archive in packed.rglob("*.zip"):
        with ZipFile(archive) as opened:
            for name in opened.namelist():
                unpacked[(archive.parent / name).relative_to(packed).as_posix()] = opened.read(name)
    assert unpacked == {name: data for name, data in contents(world).items() if name != ".demo.json"}


def test_archives_are_named_and_filled_as_published(world: Path, tmp_path: Path) -> None:
    """The archives and their top-level entries have the names of the published ones."""
    packed = zip_demo(world, tmp_path)
    tops = {}
    for archive in packed.rglob("*.zip"):
        with ZipFile(archive) as opened:
            tops[archive.relative_to(packed).as_posix()] = sorted({name.split("/")[0] for name in opened.namelist()})
    assert tops == {
        "IconQA/iconqa_data.zip": ["iconqa_data"],
        "MSCOCO2017/train2017.zip": ["train2017"],
        "MSCOCO2017/val2017.zip": ["val2017"],
        "VizWiz/Annotations.zip": ["Annotations"],
        "VizWiz/val.zip": ["val"],
        "caption_datasets/caption_datasets.zip": ["dataset_coco.json", "dataset_flickr30k.json"],
        "MSCOCO2014/annotations_trainval2014.zip": ["annotations"],
        "MSCOCO2014/train2014.zip": ["train2014"],
        "MSCOCO2014/val2014.zip": ["val2014"],
        "coco_text/COCO_Text.zip": ["COCO_Text.json"],
        "refcoco/refcoco.zip": ["refcoco"],
        "refcoco+/refcoco+.zip": ["refcoco+"],
        "refcocog/refcocog.zip": ["refcocog"],
        "visual_genome/image_data.json.zip": ["image_data.json"],
        "visual_genome/images.zip": ["VG_100K"],
        "visual_genome/images2.zip": ["VG_100K_2"],
        "visual_genome/question_answers.json.zip": ["question_answers.json"],
        "visual_genome/region_descriptions.json.zip": ["region_descriptions.json"],
        "visual_genome/relationships.json.zip": ["relationships.json"],
        "VCR/vcr1annots.zip": ["val.jsonl"],
        "VCR/vcr1images.zip": ["vcr1images"],
        "visdial/VisualDialog_val2018.zip": ["VisualDialog_val2018"],
        "visdial/visdial_1.0_val.zip": ["visdial_1.0_val.json"],
        "GQA/images.zip": ["images"],
        "GQA/questions1.2.zip": [f"{part}_balanced_questions.json" for part in ("testdev", "train", "val")],
        **{
            f"OK-VQA/{part}/{name}.zip": [name]
            for part in ("train", "val")
            for name in (f"OpenEnded_mscoco_{part}2014_questions.json", f"mscoco_{part}2014_annotations.json")
        },
        "TDIUC/TDIUC.zip": ["Annotations", "Questions"],
        "TextVQA/train_val/train_val_images.zip": ["train_images"],
        "visual7w/dataset_v7w_pointing.zip": ["dataset_v7w_pointing.json"],
        "visual7w/dataset_v7w_telling.zip": ["dataset_v7w_telling.json"],
        "visual7w/visual7w_images.zip": ["images"],
        "vizwiz_image_quality/annotations.zip": ["train.json", "val.json"],
        "vizwiz_image_quality/train.zip": ["train"],
        "vizwiz_image_quality/val.zip": ["val"],
        "VQA_V2/v2_Annotations_Train_mscoco.zip": ["v2_mscoco_train2014_annotations.json"],
        "VQA_V2/v2_Annotations_Val_mscoco.zip": ["v2_mscoco_val2014_annotations.json"],
        "VQA_V2/v2_Questions_Train_mscoco.zip": ["v2_OpenEnded_mscoco_train2014_questions.json"],
        "VQA_V2/v2_Questions_Val_mscoco.zip": ["v2_OpenEnded_mscoco_val2014_questions.json"],
    }


def test_archives_have_the_same_bytes_every_time(tmp_path: Path) -> None:
    """Two worlds of the same arguments, written at different times, give the same archives."""
    packed = [zip_demo(write_demo(tmp_path / name, images=3), tmp_path / f"{name} packed") for name in "ab"]
    assert contents(packed[0]) == contents(packed[1])


def test_only_a_demo_world_is_packed(tmp_path: Path) -> None:
    """A folder without a complete demo world is refused, with the call that creates one."""
    with pytest.raises(MissingFilesError, match="write_demo"):
        zip_demo(tmp_path, tmp_path / "packed")
