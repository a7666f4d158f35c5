"""Questions about a scene that name people and things by number: the names, and where they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from instraug_datasets.records import Box, Example

from ..sources.vcr import SceneQuestion, Tokens
from .boxes import box_text, clipped
from .context import Context, Skip, dice, make_example

__all__ = ["NOBODY", "choose_answer"]

NOBODY = "(none)"
"""What stands in place of the list of boxes where neither question nor answers name anything in the picture."""

_BEFORE_MARK = re.compile(r"\s+(?=[.,;:?!%)\]]|n['’]t\b|['’](?:s|re|ve|d|ll|m)\b)", re.IGNORECASE)  # noqa: RUF001


def choose_answer(record: SceneQuestion, context: Context) -> Example | Skip:
    """Choose one of four answers; whoever is named in question and answers is listed with a box."""
    names = _names(record.objects)
    question = _sentence(record.question, names)
    choices = [_sentence(words, names) for words in record.choices]
    if not question or not all(choices):
        return Skip("empty_text")
    if len(set(choices)) < len(choices):
        return Skip("repeated_option")
    boxes = {number: clipped(record.boxes[number], record.size) for number in _mentioned(record)}
    if any(x1 >= x2 or y1 >= y2 for x1, y1, x2, y2 in boxes.values()):
        return Skip("box_outside_the_picture")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=question,
        context="\n".join(f"{names[number]}: {box_text(box)}" for number, box in boxes.items()) or NOBODY,
        options=tuple(dice(record, context).shuffled("options", choices)),
        target=choices[record.label],
        meta=_meta(record, {names[number]: box for number, box in boxes.items()}),
    )


def _names(objects: Sequence[str]) -> list[str]:
    """The name of every object: its class, and its number among those of the class, from 1."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for kind in objects:
        seen[kind] += 1
        names.append(f"{kind} {seen[kind]}")
    return names


def _sentence(words: Tokens, names: Sequence[str]) -> str:
    # Every mention is put in by its place in the list: a name is never looked for in a text.
    texts = [word if isinstance(word, str) else " and ".join(names[number] for number in word) for word in words]
    return _BEFORE_MARK.sub("", " ".join(" ".join(texts).split()))


def _mentioned(record: SceneQuestion) -> list[int]:
    sentences = (record.question, *record.choices)
    return sorted({number for words in sentences for word in words if isinstance(word, list) for number in word})


def _meta(record: SceneQuestion, boxes: dict[str, Box]) -> dict[str, object]:
    return {"image_size": list(record.size), "objects": {name: list(box) for name, box in boxes.items()}}
