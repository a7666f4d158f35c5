"""IconQA and ScienceQA in their own layouts: exercises with choices, and lists of those in each split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_json
from .numbered import scenes_of
from .questions import Question, questions
from .random_draws import draw_number, happens, sample, shuffle
from .world import Scene

__all__ = ["write_icons", "write_science"]

_SPLITS = ("train", "val", "test")
_FIRST_ICON, _FIRST_SCIENCE = 1_400_000, 1_500_000
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


def write_icons(root: Path, *, seed: int, images: int) -> None:
    """Write `IconQA/`; of the kinds of exercises only those with choices in words have pictures."""
    base = folder(root, "IconQA", "iconqa_data")
    problems, listed = dict[str, dict[str, Any]](), dict[str, list[str]]()
    for split in _SPLITS:
        for pid, shown, question in _exercises("iconqa", split, first=_FIRST_ICON, seed=seed, images=images):
            problem = {**_choices(question, fold(seed, pid)), "ques_type": "choose_txt", **_GRADE}
            target = folder(base, "iconqa", split, "choose_txt", pid)
            save_picture(draw(shown).convert("RGBA"), target / "image.png")
            write_json(target / "data.json", problem)
            problems[pid] = problem
            listed.setdefault(f"choose_txt_{split}", []).append(pid)
        blank = str(10 * _FIRST_ICON + draw_number(10_000, seed, "blank", split))
        problems[blank] = {"question": "Count the stars.", "answer": "3", "ques_type": "fill_in_blank", **_GRADE}
        listed[f"fill_in_blank_{split}"] = [blank]
    write_json(base / "problems.json", problems)
    write_json(base / "pid_splits.json", listed)


def write_science(root: Path, *, seed: int, images: int) -> None:
    """Write `ScienceQA/`, in which one exercise in four comes without a picture, and some without a hint."""
    base = folder(root, "ScienceQA", "data", "scienceqa")
    problems, listed = dict[str, dict[str, Any]](), dict[str, list[str]]()
    for split in _SPLITS:
        for pid, shown, question in _exercises("scienceqa", split, first=_FIRST_SCIENCE, seed=seed, images=images):
            pictured = not happens(0.25, pid, "text only")
            if pictured:
                save_picture(draw(shown), folder(base, "images", split, pid) / "image.png")
            hint = "Shapes are named by the number of their corners." if happens(0.6, pid, "hint") else ""
            problems[pid] = {
                **_choices(question, fold(seed, pid)),
                "hint": hint,
                "image": "image.png" if pictured else None,
                **_SCIENCE,
                "solution": f"The answer is {question.answer}.",
                "split": split,
            }
            listed.setdefault(split, []).append(pid)
    write_json(base / "problems.json", problems)
    write_json(base / "pid_splits.json", listed)


def _exercises(source: str, split: str, *, first: int, seed: int, images: int) -> Iterator[tuple[str, Scene, Question]]:
    """One exercise a picture; the training splits, which nothing is made of, get one alone."""
    few = 1 if split == "train" else max(1, 2 * images // 3)
    for number, shown in scenes_of(source, split, splits=_SPLITS, first=first, seed=seed, images=few):
        yield str(10 * number + seed % 10), shown, questions(shown, fold(source, number))[-1]


def _choices(question: Question, key: int) -> dict[str, Any]:
    choices = shuffle([question.answer, *sample(question.others, 3, key, "wrong")], key, "choices")
    return {"question": question.text, "choices": choices, "answer": choices.index(question.answer)}
