"""Writers of tiny raw files of sources of steps, claims, scenes, dialogues, memes and disasters."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.builders.raw_files import jpeg, write_json

SIZE = (200, 100)


def write_picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(SIZE, sum(path.name.encode())))
    return path


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> Path:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(buffer.getvalue(), encoding="utf-8")
    return path


def write_article(
    root: Path, name: str, methods: Mapping[str, Sequence[str]], *, unpictured: Sequence[str] = ()
) -> Path:
    """An article of methods with the headlines of their steps, all with a picture but those that are `unpictured`."""
    folder = root / "wikihow/data" / name
    content = []
    for number, (method, headlines) in enumerate(methods.items()):
        steps = []
        for i, headline in enumerate(headlines):
            img = "" if headline in unpictured else f"{number}-{i}.jpg"
            if img:
                write_picture(folder / "image" / img)
            steps.append({"headline": headline, "img": img})
        content.append({"name": method, "steps": steps})
    return write_json(folder / "wikihow.json", {"title": f"How to {name}", "methods": content})


def write_articles(root: Path, articles: Sequence[str] = ("1_A", "2_B", "3_C")) -> list[Path]:
    """Articles of two steps each, all for training."""
    write_json(root / "wikihow/wikihow_split.json", {"train": list(articles), "val": [], "test": []})
    return [write_article(root, name, {"Way": [f"Cut {name}.", f"Eat {name}."]}) for name in articles]


def claim(claim_id: object, truth: str = "supported", **cells: str) -> dict[str, Any]:
    text = f"Claim number {claim_id}."
    return {
        "claim_id": claim_id,
        "Claim": text,
        "Evidence": "<p>one,\ntwo</p>",
        "cleaned_truthfulness": truth,
        "ruling_outline": "Somebody said so. Nobody saw it.",
        **cells,
    }


def write_claims(root: Path, rows: Sequence[Mapping[str, Any]], split: str = "train") -> Path:
    """Claims, with a picture for each."""
    folder = root / "mocheg/mocheg" / split
    for row in rows:
        write_picture(folder / "images" / f"{row['claim_id']}-proof-00.jpg")
    return write_csv(folder / "Corpus2.csv", rows)


def hypothesis(number: int, label: str = "entailment") -> dict[str, Any]:
    return {
        "Flickr30K_ID": str(number),
        "pairID": f"{number}.jpg#0r1{label[0]}",
        "gold_label": label,
        "sentence1": "A caption.",
        "sentence2": f"Sentence {number}.",
    }


def write_hypotheses(root: Path, lines: Sequence[Mapping[str, Any]], split: str = "test") -> Path:
    data = root / "SNLI-VE/SNLI-VE/data"
    for line in lines:
        write_picture(data / "Flickr30K/images" / f"{line['Flickr30K_ID']}.jpg")
    return write_lines(data / f"snli_ve_{split}.jsonl", lines)


def scene(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "img_fn": f"film/{number}@0.jpg",
        "metadata_fn": f"film/{number}@0.json",
        "objects": ["person", "cup"],
        "question": ["Why", "is", [0], "here", "?"],
        "answer_choices": [["To", "drink", "."], ["To", "sit", "."], [[0], "is", "lost", "."], ["Take", [1], "."]],
        "answer_label": 2,
        "img_id": f"val-{number}",
        "annot_id": f"val-{number}",
        **fields,
    }


BOXES = ((10.4, 20.0, 60.0, 90.0, 0.9), (100.0, 0.0, 250.0, 50.0, 0.8))


def write_scenes(root: Path, lines: Sequence[Mapping[str, Any]], boxes: Sequence[Sequence[float]] = BOXES) -> Path:
    """Questions about scenes of 200 x 100 pixels, all with the same boxes."""
    for line in lines:
        write_picture(root / "VCR/vcr1images" / line["img_fn"])
        content = {"boxes": boxes, "segms": [], "names": line["objects"], "width": SIZE[0], "height": SIZE[1]}
        write_json(root / "VCR/vcr1images" / line["metadata_fn"], content)
    return write_lines(root / "VCR/val.jsonl", lines)


def write_dialogs(root: Path, dialogs: Mapping[int, Sequence[tuple[str, str]]]) -> Path:
    """Dialogues by image id, each a list of questions and answers."""
    questions = sorted({question for turns in dialogs.values() for question, _ in turns})
    answers = sorted({answer for turns in dialogs.values() for _, answer in turns})
    content = []
    for image_id, turns in dialogs.items():
        write_picture(root / "visdial/VisualDialog_val2018" / f"VisualDialog_val2018_{image_id:012d}.jpg")
        said = [{"question": questions.index(question), "answer": answers.index(answer)} for question, answer in turns]
        content.append({"image_id": image_id, "caption": "a caption", "dialog": said})
    data = {"questions": questions, "answers": answers, "dialogs": content}
    return write_json(root / "visdial/visdial_1.0_val.json", {"version": "1.0", "split": "val", "data": data})


def meme(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "img": f"img/{number:05d}.png", "label": 1, "text": f"words {number}", **fields}


def write_memes(root: Path, lines: Sequence[Mapping[str, Any]], split: str = "test_unseen") -> Path:
    for line in lines:
        write_picture(root / "hateful_memes" / line["img"])
    return write_lines(root / f"hateful_memes/{split}.jsonl", lines)


def disaster(number: int, kind: str = "flood") -> dict[str, Any]:
    return {
        "image_id": f"same_{number % 2}",
        "event_name": "storm",
        "image_path": f"data/set/{number}.jpg",
        "damage_severity": "mild",
        "informative": "informative",
        "humanitarian": "x",
        "disaster_types": kind,
    }


def write_disasters(root: Path, rows: Sequence[Mapping[str, Any]], split: str = "test") -> Path:
    for row in rows:
        write_picture(root / "MEDIC" / row["image_path"])
    return write_csv(root / f"MEDIC/MEDIC_{split}.tsv", rows, delimiter="\t")
