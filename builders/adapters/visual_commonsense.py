"""Visual commonsense reasoning: questions that refer to people and objects by name and number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from instraug_datasets.records import Box, Example

from ..sources.vcr import SceneQuestion, Tokens
from .box_geometry import clip_box, format_boxes
from .context import Context, Skip, example_random, make_example

__all__ = ["choose_scene_answer"]

_BEFORE_MARK = re.compile(r"\s+(?=[.,;:?!%)\]]|n['’]t\b|['’](?:s|re|ve|d|ll|m)\b)", re.IGNORECASE)  # noqa: RUF001


def choose_scene_answer(record: SceneQuestion, context: Context) -> Example | Skip:
    """Choose one of four answers; the boxes of all objects that question and answers mention are listed as context."""
    names = _names(record.objects)
    question = _sentence(record.question, names)
    choices = [_sentence(words, names) for words in record.choices]
    if not question or not all(choices):
        return Skip("empty_text")
    if len(set(choices)) < len(choices):
        return Skip("repeated_option")
    boxes = {number: clip_box(record.boxes[number], record.size) for number in _mentioned(record)}
    if any(x1 >= x2 or y1 >= y2 for x1, y1, x2, y2 in boxes.values()):
        return Skip("box_outside_the_picture")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=question,
        context="\n".join(f"{names[number]}: {format_boxes(box)}" for number, box in boxes.items()) or None,
        options=tuple(example_random(record, context).shuffled("options", choices)),
        target=choices[record.label],
        meta=_meta(record, {names[number]: box for number, box in boxes.items()}),
    )


def _names(objects: Sequence[str]) -> list[str]:
    """The name of each object: its class and a number that counts objects of the class from 1."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for class_name in objects:
        seen[class_name] += 1
        names.append(f"{class_name} {seen[class_name]}")
    return names


def _sentence(words: Tokens, names: Sequence[str]) -> str:
    # Mentions are replaced by their position in the token list, never by searching a text for a name.
    texts = [word if isinstance(word, str) else " and ".join(names[number] for number in word) for word in words]
    return _BEFORE_MARK.sub("", " ".join(" ".join(texts).split()))


def _mentioned(record: SceneQuestion) -> list[int]:
    sentences = (record.question, *record.choices)
    return sorted({number for words in sentences for word in words if isinstance(word, list) for number in word})


def _meta(record: SceneQuestion, boxes: dict[str, Box]) -> dict[str, object]:
    return {"image_size": list(record.size), "objects": {name: list(box) for name, box in boxes.items()}}
