"""Writers of tiny raw files in the layouts of the sources."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from instraug_datasets.builders import get_builder

CATEGORIES = ["cat", "dog", "cup", "kite", "boat"]


def jpeg(size: tuple[int, int] = (8, 8), shade: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (shade % 256, 0, 0)).save(buffer, "JPEG")
    return buffer.getvalue()


def write_json(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def picture_path(root: Path, image_id: int) -> Path:
    return root / "MSCOCO2014" / "train2014" / f"COCO_train2014_{image_id:012d}.jpg"


def write_pictures(root: Path, image_ids: Sequence[int], size: tuple[int, int] = (200, 100)) -> None:
    for image_id in image_ids:
        path = picture_path(root, image_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(size, image_id))


def write_captions(root: Path, captions: Mapping[int, Sequence[str]]) -> Path:
    """Captions by image id; caption ids are 1, 2, 3 ... in order."""
    write_pictures(root, list(captions))
    pairs = [(image_id, text) for image_id, texts in captions.items() for text in texts]
    annotations = [{"id": i, "image_id": image_id, "caption": text} for i, (image_id, text) in enumerate(pairs, 1)]
    return write_json(root / "MSCOCO2014/annotations/captions_train2014.json", {"annotations": annotations})


def coco_object(category: str, x: float, y: float, width: float, height: float, crowd: int = 0) -> dict[str, Any]:
    box = [x, y, width, height]
    return {"category_id": CATEGORIES.index(category) + 1, "bbox": box, "iscrowd": crowd, "area": width * height}


def write_instances(root: Path, pictures: Mapping[int, Sequence[dict[str, Any]]]) -> Path:
    """Objects by image id, in pictures of 200 x 100 pixels."""
    write_pictures(root, list(pictures))
    annotations = [{**each, "image_id": image_id} for image_id, things in pictures.items() for each in things]
    content = {
        "images": [{"id": image_id, "width": 200, "height": 100} for image_id in pictures],
        "annotations": [{"id": i, **each} for i, each in enumerate(annotations)],
        "categories": [{"id": i, "name": name} for i, name in enumerate(CATEGORIES, 1)],
    }
    return write_json(root / "MSCOCO2014/annotations/instances_train2014.json", content)


def write_questions(root: Path, questions: Mapping[int, Sequence[tuple[str, str]]]) -> tuple[Path, Path]:
    """(question, answer) by image id; question ids are image id * 1000 + position."""
    write_pictures(root, list(questions))
    flat = [(i * 1000 + n, i, q, a) for i, pairs in questions.items() for n, (q, a) in enumerate(pairs)]
    asked = [{"question_id": key, "image_id": i, "question": q} for key, i, q, _ in flat]
    given = [
        {"question_id": key, "multiple_choice_answer": a, "answers": [{"answer": a}, {"answer": "other"}]}
        for key, _, _, a in flat
    ]
    return (
        write_json(root / "VQA_V2/v2_OpenEnded_mscoco_train2014_questions.json", {"questions": asked}),
        # The order of the two files does not matter.
        write_json(root / "VQA_V2/v2_mscoco_train2014_annotations.json", {"annotations": given[::-1]}),
    )


def rows(
    root: Path | str, task: str, split: str = "train", *, benchmark: str = "multiinstruct", **settings: Any
) -> list[dict[str, Any]]:
    """The examples of a split as they are streamed, `meta` parsed, pictures undecoded."""
    builder = get_builder(benchmark)(config_name=task, data_dir=str(root), **settings)
    stream = builder.as_streaming_dataset(split=split).decode(False)
    return [{**row, "meta": json.loads(row["meta"])} for row in stream]
