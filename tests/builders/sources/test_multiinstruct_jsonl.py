"""Files of MULTIINSTRUCT's original code: every task is read from them, with known errors corrected."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders import MultiInstruct
from instraug_datasets.builders.adapters.multiinstruct_jsonl import FIELD_GETTERS
from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.builders.rows import ROWS
from instraug_datasets.errors import PictureError, SourceError, UnsafePathError
from instraug_datasets.styles import parse_boxes
from instraug_datasets.tasks import BENCHMARKS
from tests.builders.raw_files import picture_path, rows, write_captions, write_json, write_pictures
from tests.builders.raw_questions import write_jsonl, write_picture

TASKS = {name: task for name, task in BENCHMARKS["multiinstruct"].items() if task.role != "excluded"}
PARTS = {name: "test" if task.role == "eval" else "train" for name, task in TASKS.items()}
RAW = {row.task for row in ROWS if row.benchmark == "multiinstruct" and not row.source.extra}

COCO = "./raw_datasets/MSCOCO2014/train2014/COCO_train2014_000000000001.jpg"

Placed = Callable[[dict[str, Any], list[str]], dict[str, Any]]


def marked(name: str) -> Placed:
    """Puts the boxes of the input where the code keeps them, under a name."""
    return lambda row, region: {"meta_data": {"object_regions": {name: region}, "relation": row["text"]}}


def with_steps(row: dict[str, Any], _: list[str]) -> dict[str, Any]:
    """The code lists the pictured step and the next, which is the answer, among those before."""
    method, *before = row["context"].splitlines()
    return {"context": [*before, row["text"], row["target"]], "meta_data": {"method": method}}


def with_names(row: dict[str, Any], _: list[str]) -> dict[str, Any]:
    named = [line.split(": ") for line in row["context"].splitlines() if ": " in line]
    return {"meta_data": {"object_regions": {name: [box] for name, box in named}}}


OTHER = "1 1 9 9"
PLACED: Mapping[str, Placed] = {
    "visual_object_identification": lambda row, region: {
        "region": [*region, OTHER],
        "meta_data": {"relation": row["text"]},
    },
    "visual_subject_identification": lambda row, region: {
        "region": [OTHER, *region],
        "meta_data": {"relation": row["text"]},
    },
    "visual_object_region": marked("subject"),
    "visual_subject_region": marked("object"),
    **{
        f"select_{kind}_region": marked("given_region")
        for kind in ("overlap_most", "overlap_least", "overlaped", "nonoverlaped")
    },
    "if_region_overlap": lambda _, region: {
        "region": region[1:],
        "meta_data": {"object_regions": {"given_region": region[:1]}},
    },
    "wikihow_next_step": with_steps,
    "wikihow_immediate_next_step_selection": lambda row, _: {"meta_data": {"method": row["context"]}},
    "wikihow_text_image_step_order": lambda row, _: {"options": [], "meta_data": {"method": row["context"]}},
    "wikihow_image_text_step_order": lambda row, _: {"options": [], "meta_data": {"method": row["context"]}},
    "commonsense_VQA": with_names,
    "visual_dialog": lambda row, _: {
        "meta_data": {"dialog_hist": [{"q": turn["question"], "a": turn["answer"]} for turn in row["history"]]}
    },
    "medic_disaster_types": lambda row, _: {
        "options": [*row["options"], "severe damage", "informative"],
        "meta_data": {"options": row["options"]},
    },
}


def instance(row: dict[str, Any], root: Path) -> dict[str, Any]:
    """A row as the code would have written it: boxes as text, and one id for all."""
    region = [" ".join(f"{number:g}" for number in box) for box in row["region"] or []]
    boxed = "target" in TASKS[row["task"]].boxes
    target = row["target"].split("||||") if boxed else region
    line = {
        "unique_id": "the same",
        "image_source": "demo",
        "task_name": row["task"],
        "image_path": f"./raw_datasets/{Path(row['images'][0]['path']).relative_to(root)}",
        "target_txt": " ".join(target) if boxed else row["target"],
        "options": row["options"] or [],
        "region": target,
        "prompt": "anything",
        "target": "anything",
        **{name: row[name] for name in ("question", "text", "context") if row[name] is not None},
    }
    place = PLACED.get(row["task"])
    if place is not None:
        line = {**line, "text": None, **line, **place(row, region)}
    return line


def imported(root: Path, task: str, part: str = "train", **settings: Any) -> list[dict[str, Any]]:
    return [row for row in rows(root, task, part, **settings) if row["source"] == "multiinstruct_jsonl"]


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says, without the order of its options, and so of the labels that are made of them."""
    fields = ("question", "text", "context", "region", "history")
    shown = {name: row[name] for name in fields if name in (*TASKS[row["task"]].fields, "region")}
    target = parse_boxes(row["target"]) if "target" in TASKS[row["task"]].boxes else sorted(row["target"].split(", "))
    return {
        **shown,
        "options": sorted(row["options"] or []),
        "target": target,
        "picture": Path(row["images"][0]["path"]).name,
    }


@pytest.mark.parametrize("task", sorted(RAW))
def test_every_task_comes_back(demo_dir: Path, tmp_path: Path, task: str) -> None:
    """Examples that were written as the code writes them are read as they were, each under an id of its own."""
    for folder in demo_dir.iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    originals = rows(demo_dir, task, PARTS[task], num_examples=3)
    write_jsonl(tmp_path, [instance(row, demo_dir) for row in originals], PARTS[task])
    found = imported(tmp_path, task, PARTS[task])
    assert sorted(map(comparable, found), key=repr) == sorted(map(comparable, originals), key=repr)
    assert len({row["unique_id"] for row in found}) == len(found) > 0
    assert all(row["meta"].get("boxes", []) == list(TASKS[task].boxes) for row in found)


def test_the_table_of_places_names_tasks_and_their_fields() -> None:
    """`FIELD_GETTERS` only names existing tasks and their fields."""
    for task, fields in FIELD_GETTERS.items():
        assert set(fields) <= {*TASKS[task].fields, *TASKS[task].optional_fields}


def line(**fields: Any) -> dict[str, Any]:
    return {
        "unique_id": "mscoco_caption2014_1",
        "image_source": "coco2014",
        "task_name": "image_caption",
        "image_path": COCO,
        "target_txt": "A cat.",
        **fields,
    }


def skipped(folder: Path) -> dict[str, int]:
    return dict(sum((count.skipped for count in read_counts(folder)), Counter()))


def test_without_the_files_nothing_is_said_of_them(tmp_path: Path, demo_dir: Path) -> None:
    """The source takes part where its files are, and is neither reported nor needed where they are not."""
    builder = MultiInstruct(config_name="ITM", data_dir=str(tmp_path))
    assert "MultiInstruct/train.jsonl" not in builder.explain_missing()
    assert {row["source"] for row in rows(demo_dir, "image_caption")} == {"mscoco_captions"}


def test_it_adds_to_what_raw_files_give(tmp_path: Path) -> None:
    """Where both are there, a task has the rows of both, and `all` too."""
    write_captions(tmp_path, {1: ["A dog."]})
    write_jsonl(tmp_path, [line(), line(task_name="ITM", text="A", options=["yes", "no"], target_txt="no")])
    assert sorted(row["target"] for row in rows(tmp_path, "image_caption")) == ["A cat.", "A dog."]
    assert {(row["task"], row["source"]) for row in rows(tmp_path, "all")} >= {("ITM", "multiinstruct_jsonl")}


def test_ids_are_unique_and_do_not_depend_on_the_order(tmp_path: Path) -> None:
    """Lines that share an id differ by what they say; lines that say the same are numbered."""
    lines = [line(), line(target_txt="A dog."), line(), line(task_name="GC", region=["0 0 9 9"])]
    write_pictures(tmp_path, [1])
    ids = []
    for order in (1, -1):
        write_jsonl(tmp_path, lines[::order])
        ids.append({row["unique_id"]: row["target"] for row in imported(tmp_path, "image_caption")})
    assert ids[0] == ids[1]
    assert sorted(ids[0].values()) == ["A cat.", "A cat.", "A dog."]
    assert all(id_.startswith("multiinstruct_jsonl/image_caption/mscoco_caption2014_1-") for id_ in ids[0])


def test_boxes_may_be_numbers_and_several(tmp_path: Path) -> None:
    """Records from before the assembly hold boxes as numbers; a target of several is joined as everywhere here."""
    write_pictures(tmp_path, [1])
    boxes = [[10.4, 20.2, 30.6, 40.0], [-5.0, 0.0, 300.0, 50.0]]
    write_jsonl(tmp_path, [line(task_name="region_generation", text="cat", region=boxes, target_txt="10.4 20.2 30.6")])
    (row,) = imported(tmp_path, "region_generation")
    assert row["target"] == "10 20 31 40||||0 0 200 50"
    assert row["meta"]["image_size"] == [200, 100]


def test_a_step_order_gets_its_options(tmp_path: Path) -> None:
    """The code wrote these options into prompts only."""
    write_picture(tmp_path / "wikihow/data/1_a/image/x.jpg")
    write_json(tmp_path / "wikihow/data/1_a/wikihow.json", {"methods": []})
    path = "/projects/x/seen_data/wikihow/data/1_a/image/x.jpg"
    order = line(
        task_name="wikihow_text_image_step_order",
        image_path=path,
        text="Cut.",
        target_txt="next",
        meta_data={"method": "Cake"},
    )
    write_jsonl(tmp_path, [order])
    (row,) = imported(tmp_path, "wikihow_text_image_step_order")
    assert (sorted(row["options"]), row["target"], row["context"]) == (["next", "previous"], "next", "Cake")


def test_the_second_folder_of_visual_genome_is_tried(tmp_path: Path) -> None:
    """A picture that the code named in the wrong one of two folders is found."""
    write_picture(tmp_path / "visual_genome/VG_100K_2/5.jpg")
    write_jsonl(
        tmp_path, [line(task_name="GC", image_path="./raw_datasets/visual_genome/VG_100K/5.jpg", region=["0 0 9 9"])]
    )
    assert [row["region"] for row in imported(tmp_path, "GC")] == [[[0.0, 0.0, 9.0, 9.0]]]


def test_annotators_answers_are_kept(tmp_path: Path) -> None:
    """The answers in the meta data are those to score by."""
    write_pictures(tmp_path, [1])
    asked = line(task_name="open-domain_VQA", question="What?", target_txt="a", meta_data={"answers": ["a", "b"]})
    write_jsonl(tmp_path, [asked])
    assert [row["answers"] for row in imported(tmp_path, "open-domain_VQA")] == [["a", "b"]]


@pytest.mark.parametrize("path", ["./raw_datasets/../x.jpg", "/etc/x.jpg", "..\\x.jpg"])
def test_paths_that_leave_the_data_dir_are_refused(tmp_path: Path, path: str) -> None:
    """A path that is not below the data directory is refused."""
    write_pictures(tmp_path, [1])
    write_jsonl(tmp_path, [line(image_path=path)])
    with pytest.raises(UnsafePathError):
        imported(tmp_path, "image_caption")


SELECTION = {"task_name": "VG_selection", "text": "a cat", "region": ["0 0 9 9"], "target_txt": "0 0 9 9"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"unique_id": None}, "unique_id"),
        ({"image_path": 5}, "image_path"),
        ({"target_txt": ""}, "target_txt"),
        ({"task_name": "ITM", "options": ["yes", "no"]}, "text"),
        ({"task_name": "ITM", "text": "A cat."}, "options"),
        ({"task_name": "ITM", "text": "A cat.", "options": ["yes", "no"]}, "target_txt"),
        ({"task_name": "GC", "region": ["1 2 3"]}, "region"),
        ({"task_name": "GC", "region": [["a", "b", "c", "d"]]}, "region[0][0]"),
        ({**SELECTION, "options": ["0 0 9 9", "left"]}, "options"),
        ({**SELECTION, "options": ["20 0 29 9", "40 0 49 9"]}, "target_txt"),
        ({"task_name": "visual_dialog", "question": "Who?"}, "history"),
        ({"task_name": "GC", "meta_data": {"object_regions": {"x": ["0 0"]}}}, "meta_data.object_regions"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, fields: dict[str, Any], field: str) -> None:
    """A line without what its task needs raises with file, line and field, or is skipped and counted."""
    root, task = tmp_path / "raw", fields.get("task_name", "image_caption")
    write_pictures(root, [1])
    good = line(target_txt="A dog.")
    path = write_jsonl(root, [good, line(**fields)], PARTS[task])
    with pytest.raises(SourceError) as caught:
        imported(root, task, PARTS[task])
    where = f"MultiInstruct/{path.name}", "line[1]", field
    assert (caught.value.file, caught.value.record, caught.value.field) == where
    imported(root, task, PARTS[task], on_error="skip", report_dir=str(tmp_path / "counts"))
    assert skipped(tmp_path / "counts") == {"bad_record": 1}


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b'{"unique_id": "x"}'])
def test_lines_of_no_task_are_an_error_of_every_task(tmp_path: Path, content: bytes) -> None:
    """Lines that are not instances are reported."""
    write_pictures(tmp_path / "raw", [1])
    path = write_jsonl(tmp_path / "raw", [line()])
    path.write_bytes(path.read_bytes() + content + b"\n\n")
    with pytest.raises(SourceError, match=r"train\.jsonl: record line\[1\]"):
        imported(tmp_path / "raw", "image_caption")
    found = imported(tmp_path / "raw", "image_caption", on_error="skip", report_dir=str(tmp_path / "counts"))
    assert ([row["target"] for row in found], skipped(tmp_path / "counts")) == (["A cat."], {"bad_record": 1})


def test_boxes_without_area_are_counted(tmp_path: Path) -> None:
    """A box outside the picture, or without width, makes no example."""
    write_pictures(tmp_path / "raw", [1])
    write_jsonl(tmp_path / "raw", [line(task_name="GC", region=[box]) for box in ("300 0 320 9", "5 5 5 50")])
    assert imported(tmp_path / "raw", "GC", report_dir=str(tmp_path / "counts")) == []
    assert skipped(tmp_path / "counts") == {"box_without_area": 2}


def test_missing_pictures_and_strange_texts(tmp_path: Path) -> None:
    """A missing picture raises an error with its name; texts are unchanged."""
    write_pictures(tmp_path, [1])
    long = "猫 {braces} ||||\n" * 5000 + "é"
    write_jsonl(tmp_path, [line(target_txt=long), line(task_name="GC", region=["0 0 9 9"])])
    assert [row["target"] for row in imported(tmp_path, "image_caption")] == [long]
    picture_path(tmp_path, 1).unlink()
    for task in ("image_caption", "GC"):
        with pytest.raises(PictureError, match="COCO_train2014_000000000001"):
            imported(tmp_path, task)


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    """No lines, no rows, no error."""
    write_pictures(tmp_path, [1])
    write_jsonl(tmp_path, [])
    assert imported(tmp_path, "image_caption") == []


def test_only_the_lines_of_a_task_are_its_rows(tmp_path: Path) -> None:
    """Excluded and unknown tasks are ignored."""
    write_pictures(tmp_path, [1])
    write_jsonl(tmp_path, [line(), line(task_name="medic_informative"), line(task_name="mine"), line(task_name="VG")])
    assert len(imported(tmp_path, "image_caption")) == 1
    assert json.loads((tmp_path / "MultiInstruct/train.jsonl").read_text().splitlines()[2])["task_name"] == "mine"
