"""Writes IconQA and ScienceQA in their original layouts: multiple-choice problems, and lists of those in each split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .questions import Question, questions
from .random_draws import draw_integer, happens, sample, shuffle
from .scenes import split_scenes
from .world import Scene

__all__ = ["write_iconqa", "write_scienceqa"]

_SPLITS = ("train", "val", "test")
_FIRST_ICONQA, _FIRST_SCIENCEQA = 1_400_000, 1_500_000
_GRADE = {"grade": "grade1", "label": "S2"}
_SCIENCE: dict[str, Any] = {
    "task": "closed choice",
    "grade": "grade2",
    "subject": "natural science",
    "topic": "geometry",
    "category": "Shapes",
    "skill": "Name shapes and colors",
    "lecture": "A shape has a kind and a color.",
}


def write_iconqa(root: Path, *, seed: int, images: int) -> None:
    """Write `IconQA/`; of its problem types, only those with text choices have images."""
    base = folder(root, "IconQA", "iconqa_data")
    problems, pid_splits = dict[str, dict[str, Any]](), dict[str, list[str]]()
    for split in _SPLITS:
        for pid, scene, question in _problems("iconqa", split, first=_FIRST_ICONQA, seed=seed, images=images):
            problem = {**_choices(question, fold(seed, pid)), "ques_type": "choose_txt", **_GRADE}
            target = folder(base, "iconqa", split, "choose_txt", pid)
            save_picture(draw(scene).convert("RGBA"), target / "image.png")
            write_json(target / "data.json", problem)
            problems[pid] = problem
            pid_splits.setdefault(f"choose_txt_{split}", []).append(pid)
        blank = str(10 * _FIRST_ICONQA + draw_integer(10_000, seed, "blank", split))
        problems[blank] = {"question": "Count the stars.", "answer": "3", "ques_type": "fill_in_blank", **_GRADE}
        pid_splits[f"fill_in_blank_{split}"] = [blank]
    write_json(base / "problems.json", problems)
    write_json(base / "pid_splits.json", pid_splits)


def write_scienceqa(root: Path, *, seed: int, images: int) -> None:
    """Write `ScienceQA/`, in which one problem in four has no image, and some have no hint."""
    base = folder(root, "ScienceQA", "data", "scienceqa")
    problems, pid_splits = dict[str, dict[str, Any]](), dict[str, list[str]]()
    for split in _SPLITS:
        for pid, scene, question in _problems("scienceqa", split, first=_FIRST_SCIENCEQA, seed=seed, images=images):
            pictured = not happens(0.25, pid, "text only")
            if pictured:
                save_picture(draw(scene), folder(base, "images", split, pid) / "image.png")
            hint = "Shapes are named by the number of their corners." if happens(0.6, pid, "hint") else ""
            problems[pid] = {
                **_choices(question, fold(seed, pid)),
                "hint": hint,
                "image": "image.png" if pictured else None,
                **_SCIENCE,
                "solution": f"The answer is {question.answer}.",
                "split": split,
            }
            pid_splits.setdefault(split, []).append(pid)
    write_json(base / "problems.json", problems)
    write_json(base / "pid_splits.json", pid_splits)


def _problems(source: str, split: str, *, first: int, seed: int, images: int) -> Iterator[tuple[str, Scene, Question]]:
    """One problem per image; the training splits, which no task uses, have a single one."""
    few = 1 if split == "train" else max(1, 2 * images // 3)
    for number, scene in split_scenes(source, split, splits=_SPLITS, first=first, seed=seed, images=few):
        yield str(10 * number + seed % 10), scene, questions(scene, fold(source, number))[-1]


def _choices(question: Question, key: int) -> dict[str, Any]:
    choices = shuffle([question.answer, *sample(question.others, 3, key, "wrong")], key, "choices")
    return {"question": question.text, "choices": choices, "answer": choices.index(question.answer)}
