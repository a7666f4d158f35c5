"""Writers of tiny raw files of question-answering sources; pictures are 200 x 100 pixels."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.builders.raw_files import jpeg, write_json, write_pictures

SIZE = (200, 100)
FLAWS = ("NON", "BLR", "BRT", "DRK", "FRM", "OBS", "ROT", "OTH")


def write_picture(path: Path, size: tuple[int, int] = SIZE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(size))


def write_ok_vqa(root: Path, questions: Sequence[tuple[int, str, Sequence[str]]]) -> tuple[Path, Path]:
    """(image id, question, answers); question ids are 1, 2, 3 ... in order."""
    write_pictures(root, [image_id for image_id, _, _ in questions])
    asked = [
        {"question_id": i, "image_id": image_id, "question": text} for i, (image_id, text, _) in enumerate(questions, 1)
    ]
    given = [
        {"question_id": i, "answers": [{"answer": answer, "raw_answer": answer} for answer in answers]}
        for i, (_, _, answers) in enumerate(questions, 1)
    ]
    folder = root / "OK-VQA/train"
    return (
        write_json(folder / "OpenEnded_mscoco_train2014_questions.json", {"questions": asked}),
        write_json(folder / "mscoco_train2014_annotations.json", {"annotations": given[::-1]}),
    )


def write_tdiuc(root: Path, questions: Sequence[tuple[str, str, str]]) -> tuple[Path, Path]:
    """(type, question, answer); question ids are 1, 2, 3 ... in order, all about picture 1."""
    write_pictures(root, [1])
    asked = [{"question_id": i, "image_id": 1, "question": text} for i, (_, text, _) in enumerate(questions, 1)]
    given = [
        {"question_id": i, "image_id": 1, "question_type": kind, "answers": [{"answer": answer}]}
        for i, (kind, _, answer) in enumerate(questions, 1)
    ]
    return (
        write_json(root / "TDIUC/Questions/OpenEnded_mscoco_train2014_questions.json", {"questions": asked}),
        write_json(root / "TDIUC/Annotations/mscoco_train2014_annotations.json", {"annotations": given[::-1]}),
    )


def write_gqa(root: Path, questions: Mapping[str, tuple[str, str, str]]) -> Path:
    """(image id, question, answer) by question id."""
    for image_id, _, _ in questions.values():
        write_picture(root / f"GQA/images/{image_id}.jpg")
    content = {
        key: {"imageId": image_id, "question": text, "answer": answer, "fullAnswer": f"It is {answer}."}
        for key, (image_id, text, answer) in questions.items()
    }
    return write_json(root / "GQA/train_balanced_questions.json", content)


def write_textvqa(root: Path, questions: Sequence[tuple[str, str, Sequence[str]]]) -> Path:
    """(image id, question, answers); question ids are 1, 2, 3 ... in order."""
    for image_id, _, _ in questions:
        write_picture(root / f"TextVQA/train_val/train_images/{image_id}.jpg")
    data = [
        {"question_id": i, "image_id": image_id, "question": text, "answers": list(answers)}
        for i, (image_id, text, answers) in enumerate(questions, 1)
    ]
    return write_json(root / "TextVQA/train_val/TextVQA_0.5.1_val.json", {"data": data})


def _images(root: Path, questions: Sequence[tuple[str, Any, Sequence[Any]]], split: str) -> list[dict[str, Any]]:
    for i in range(1, len(questions) + 1):
        write_picture(root / f"visual7w/images/v7w_{i}.jpg")
    return [
        {
            "image_id": i,
            "filename": f"v7w_{i}.jpg",
            "split": split,
            "qa_pairs": [
                {"qa_id": 10 * i, "question": text, "answer": answer, "multiple_choices": list(wrong), "type": "what"}
            ],
        }
        for i, (text, answer, wrong) in enumerate(questions, 1)
    ]


def write_telling(root: Path, questions: Sequence[tuple[str, str, Sequence[str]]], split: str = "train") -> Path:
    """(question, answer, wrong answers), each about a picture of its own; ids are 10, 20, 30 ... in order."""
    content = {"dataset": "v7w_telling", "images": _images(root, questions, split)}
    return write_json(root / "visual7w/dataset_v7w_telling.json", content)


def write_pointing(
    root: Path, boxes: Mapping[int, Sequence[float]], questions: Sequence[tuple[str, int, Sequence[int]]]
) -> Path:
    """Boxes (x, y, width, height) by id, and (question, id of the right box, ids of wrong ones)."""
    listed = [
        {"box_id": key, "name": f"thing {key}", **dict(zip(("x", "y", "width", "height"), box, strict=True))}
        for key, box in boxes.items()
    ]
    content = {"dataset": "v7w_pointing", "boxes": listed, "images": _images(root, questions, "test")}
    return write_json(root / "visual7w/dataset_v7w_pointing.json", content)


def write_votes(root: Path, votes: Mapping[str, Mapping[str, int]]) -> Path:
    """Votes by the code of the flaw, by the name of the picture."""
    for name in votes:
        write_picture(root / "vizwiz_image_quality/train" / name)
    content = [
        {"image": name, "flaws": dict.fromkeys(FLAWS, 0) | dict(flaws), "unrecognizable": 0}
        for name, flaws in votes.items()
    ]
    return write_json(root / "vizwiz_image_quality/train.json", content)


def write_jsonl(root: Path, lines: Iterable[Mapping[str, Any]], part: str = "train") -> Path:
    """Instances as MULTIINSTRUCT's own code writes them."""
    path = root / f"MultiInstruct/{part}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
