"""Writers of tiny raw files of region sources: COCO-Text, RefCOCO, Visual Genome and VAW."""

import json
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.builders.raw_files import jpeg

SIZE = (200, 100)

Content = Any
XYWH = tuple[float, float, float, float]

GENOME = "visual_genome"
REGIONS = f"{GENOME}/region_descriptions.json"
RELATIONSHIPS = f"{GENOME}/relationships.json"
QUESTIONS = f"{GENOME}/question_answers.json"
ALL_TRAIN = {"VG": {"train": [0, 999], "valid": [1000, 1000], "test": [1001, 1001]}}
COCO_TEXT = "coco_text/COCO_Text.json"
REFS = "refcoco/refcoco/refs(google).p"
INSTANCES = "refcoco/refcoco/instances.json"
VAW = "VAW/vaw_dataset/data/train_part1.json"
VAW_2 = "VAW/vaw_dataset/data/train_part2.json"


@dataclass
class Raw:
    """Raw files before they are written: JSON documents, or pickled ones, and pictures."""

    documents: dict[str, Content]
    pictures: list[str]
    size: tuple[int, int] = SIZE

    def save(self, root: Path) -> Path:
        for name, content in self.documents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            encoded = json.dumps(content, ensure_ascii=False).encode()
            path.write_bytes(pickle.dumps(content, 2) if path.suffix == ".p" else encoded)
        for name in self.pictures:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(jpeg(self.size))
        return root


def genome(file: str, groups: Sequence[Content], *, listed: bool = True, splits: Content = ALL_TRAIN) -> Raw:
    """A file of Visual Genome; odd pictures lie in the one folder and even ones in the other."""
    ids = [group.get("id", group.get("image_id")) for group in groups]
    sizes = [{"image_id": image_id, "width": SIZE[0], "height": SIZE[1]} for image_id in ids]
    documents = {file: list(groups), f"{GENOME}/VG_splits.json": splits}
    pictures = [f"{GENOME}/VG_100K{'_2' * (image_id % 2 == 0)}/{image_id}.jpg" for image_id in ids]
    return Raw(documents | ({f"{GENOME}/image_data.json": sizes} if listed else {}), pictures)


def regions(pictures: Mapping[int, Iterable[tuple[str, XYWH]]], **settings: Any) -> Raw:
    """Phrases with their boxes by picture; the ids of regions are 1, 2, 3 ... in every picture."""
    groups = [
        {"id": image_id, "regions": [_region(i, image_id, *each) for i, each in enumerate(found, 1)]}
        for image_id, found in pictures.items()
    ]
    return genome(REGIONS, groups, **settings)


def boxes(*found: XYWH) -> list[tuple[str, XYWH]]:
    """Regions whose phrases do not matter."""
    return [(f"phrase {number}", box) for number, box in enumerate(found)]


def relationships(pictures: Mapping[int, Iterable[tuple[tuple[str, XYWH], str, tuple[str, XYWH]]]]) -> Raw:
    """Subject, predicate and object by picture."""
    groups = [
        {
            "image_id": image_id,
            "relationships": [
                {"relationship_id": i, "predicate": predicate, "subject": _thing(*one), "object": _thing(*other)}
                for i, (one, predicate, other) in enumerate(found, 1)
            ],
        }
        for image_id, found in pictures.items()
    ]
    return genome(RELATIONSHIPS, groups)


def questions(pictures: Mapping[int, Iterable[tuple[str, str]]]) -> Raw:
    """Questions with their answers by picture."""
    groups = [
        {"id": image_id, "qas": [{"qa_id": i, "question": q, "answer": a} for i, (q, a) in enumerate(found, 1)]}
        for image_id, found in pictures.items()
    ]
    return genome(QUESTIONS, groups)


def text_instances(pictures: Mapping[int, Iterable[Mapping[str, Any]]], part: str = "train") -> Raw:
    """What `text_instance` made, by picture."""
    flat = [(image_id, each) for image_id, found in pictures.items() for each in found]
    names = {image_id: f"COCO_train2014_{image_id:012d}.jpg" for image_id in pictures}
    kinds = ("machine printed", "handwritten", "others")
    document = {
        "cats": {"class": {str(i): {"id": i, "name": name} for i, name in enumerate(kinds, 1)}},
        "anns": {str(key): {"id": key, "image_id": image_id, **each} for key, (image_id, each) in enumerate(flat, 1)},
        "imgs": {
            str(image_id): {"id": image_id, "file_name": name, "width": SIZE[0], "height": SIZE[1], "set": part}
            for image_id, name in names.items()
        },
    }
    return Raw({COCO_TEXT: document}, [f"MSCOCO2014/train2014/{name}" for name in names.values()])


def text_instance(text: str | None, box: XYWH, kind: str = "machine printed") -> dict[str, Any]:
    """One text instance; illegible if `text` is None."""
    said = {} if text is None else {"utf8_string": text}
    legibility = "illegible" if text is None else "legible"
    return {"bbox": list(box), "legibility": legibility, "class": kind, **said}


def refs(
    pictures: Mapping[int, Sequence[tuple[str, XYWH, Sequence[str]]]],
    *,
    part: str = "train",
    crowds: Sequence[int] = (),
) -> Raw:
    """Category, box and expressions of every object by picture; the ids of objects are picture * 100 + position."""
    things = [(100 * i + n, i, *each) for i, found in pictures.items() for n, each in enumerate(found)]
    categories = sorted({category for _, _, category, _, _ in things})
    instances = {
        "images": [{"id": image_id, "width": SIZE[0], "height": SIZE[1]} for image_id in pictures],
        "annotations": [
            {
                "id": key,
                "image_id": image_id,
                "category_id": categories.index(category),
                "bbox": list(box),
                "iscrowd": int(key in crowds),
            }
            for key, image_id, category, box, _ in things
        ],
        "categories": [{"id": i, "name": name} for i, name in enumerate(categories)],
    }
    said = [
        {
            "ref_id": key,
            "ann_id": key,
            "image_id": image_id,
            "split": part,
            "sentences": [{"sent_id": 10 * key + n, "raw": text, "sent": text} for n, text in enumerate(texts)],
        }
        for key, image_id, _, _, texts in things
        if texts
    ]
    pictures_ = [f"MSCOCO2014/train2014/COCO_train2014_{image_id:012d}.jpg" for image_id in pictures]
    return Raw({INSTANCES: instances, REFS: said}, pictures_)


def objects(*found: Mapping[str, Any]) -> Raw:
    """Objects of VAW; all that follow the first are in the second file."""
    image_ids = sorted({each["image_id"] for each in found})
    raw = genome("ignored.json", [{"id": int(image_id)} for image_id in image_ids])
    del raw.documents["ignored.json"], raw.documents[f"{GENOME}/VG_splits.json"]
    raw.documents |= {VAW: list(found[:1]), VAW_2: list(found[1:])}
    return raw


def attributed(key: int, positive: Sequence[str], negative: Sequence[str], name: str = "car") -> dict[str, Any]:
    """One object of VAW in a picture of its own."""
    return {
        "image_id": str(key),
        "instance_id": f"{key}001",
        "instance_bbox": [10.0, 20.0, 30.0, 40.0],
        "object_name": name,
        "positive_attributes": list(positive),
        "negative_attributes": list(negative),
    }


def _region(region_id: int, image_id: int, phrase: str, box: XYWH) -> dict[str, Any]:
    x, y, width, height = box
    return {
        "region_id": region_id,
        "image_id": image_id,
        "phrase": phrase,
        "x": x,
        "y": y,
        "width": width,
        "height": height,
    }


def _thing(name: str, box: XYWH) -> dict[str, Any]:
    x, y, w, h = box
    return {"names": [name], "x": x, "y": y, "w": w, "h": h}
