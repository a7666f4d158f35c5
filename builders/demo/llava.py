"""Writes LLaVA-Instruct-150K in its original layout: conversations, complex reasoning and detailed descriptions."""

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
_REASONING_QUESTION = "What could somebody use this picture for, and why?"


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `LLaVA-Instruct-150K/`, and `MSCOCO2017/` if it does not exist yet."""
    mscoco2017.write(root, seed=seed, images=images)
    target = folder(root, "LLaVA-Instruct-150K")
    scenes = list(mscoco2017.numbered_scenes("train", seed=seed, images=images))
    for name, pairs in (
        ("conversation_58k", _conversation),
        ("complex_reasoning_77k", _complex_reasoning),
        ("detail_23k", _detailed_description),
    ):
        write_json(target / f"{name}.json", [_record(number, pairs(scene, number)) for number, scene in scenes])


def _record(number: int, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    turns = [{"from": who, "value": text} for pair in pairs for who, text in zip(("human", "gpt"), pair, strict=True)]
    first = turns[0]["value"]
    turns[0]["value"] = f"<image>\n{first}" if happens(0.5, "marker", number) else f"{first}\n<image>"
    name = mscoco2017.file_name(number)
    return {"id": name.partition(".")[0], "image": name, "conversations": turns}


def _conversation(scene: Scene, number: int) -> list[tuple[str, str]]:
    answered = questions(scene, fold("llava", number))[:3]
    return [(question.text, f"The answer, going by the image, is {question.answer}.") for question in answered]


def _complex_reasoning(scene: Scene, number: int) -> list[tuple[str, str]]:
    seen = captions(scene, fold("llava", number))[0]
    return [(_REASONING_QUESTION, f"{seen} Such plain forms help children to learn the names of shapes and colors.")]


def _detailed_description(scene: Scene, number: int) -> list[tuple[str, str]]:
    return [(choose(_REQUESTS, "request", number), " ".join(captions(scene, fold("llava", number))))]
