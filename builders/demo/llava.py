"""LLaVA-Instruct-150K in its own layout: talks, questions with long answers, and descriptions of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from . import mscoco2017
from .captions import captions
from .files import folder, write_json
from .questions import questions
from .random_draws import choose, happens
from .world import Scene

__all__ = ["write"]

_REQUESTS = ("Describe the following image.", "What do you see in this picture?", "Can you describe the image?")
_WHY = "What could somebody use this picture for, and why?"


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `LLaVA-Instruct-150K/`, and `MSCOCO2017/` where it is not there yet."""
    mscoco2017.write(root, seed=seed, images=images)
    target = folder(root, "LLaVA-Instruct-150K")
    scenes = list(mscoco2017.numbered_scenes("train", seed=seed, images=images))
    for name, pairs in (("conversation_58k", _talk), ("complex_reasoning_77k", _reasons), ("detail_23k", _detail)):
        write_json(target / f"{name}.json", [_record(number, pairs(shown, number)) for number, shown in scenes])


def _record(number: int, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    said = [{"from": who, "value": text} for pair in pairs for who, text in zip(("human", "gpt"), pair, strict=True)]
    first = said[0]["value"]
    said[0]["value"] = f"<image>\n{first}" if happens(0.5, "marker", number) else f"{first}\n<image>"
    name = mscoco2017.file_name(number)
    return {"id": name.partition(".")[0], "image": name, "conversations": said}


def _talk(shown: Scene, number: int) -> list[tuple[str, str]]:
    asked = questions(shown, fold("llava", number))[:3]
    return [(question.text, f"The answer, going by the image, is {question.answer}.") for question in asked]


def _reasons(shown: Scene, number: int) -> list[tuple[str, str]]:
    seen = captions(shown, fold("llava", number))[0]
    return [(_WHY, f"{seen} Such plain forms help children to learn the names of shapes and colors.")]


def _detail(shown: Scene, number: int) -> list[tuple[str, str]]:
    return [(choose(_REQUESTS, "request", number), " ".join(captions(shown, fold("llava", number))))]
