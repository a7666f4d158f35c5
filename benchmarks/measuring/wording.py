"""What everybody would write to reword an example: choose an instruction at random and fill in its fields.

Nothing of this package is imported, because processes of other libraries use this module, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

__all__ = ["field_texts", "reworded"]

Below = Callable[[int], int]
"""A random integer from 0 up to, and without, a number."""

Shuffle = Callable[[list[str]], None]


def reworded(
    example: Mapping[str, Any],
    texts: Mapping[str, Sequence[str]],
    *,
    fields: Sequence[str],
    below: Below,
    shuffle: Shuffle,
) -> str:
    """The prompt of an example: an instruction of its task, with the fields in place of their names."""
    of_task = texts[example["task"]]
    prompt = of_task[below(len(of_task))]
    for name, value in field_texts(example, fields, shuffle).items():
        prompt = prompt.replace(f"{{{name}}}", value)
    return prompt


def field_texts(example: Mapping[str, Any], fields: Sequence[str], shuffle: Shuffle) -> dict[str, str]:
    """The fields of an example, as text."""
    values = {name: example[name] for name in fields if example.get(name) is not None}
    for name, text_of in (
        ("options", partial(_options_text, shuffle=shuffle)),
        ("region", _region_text),
        ("history", _history_text),
    ):
        if name in values:
            values[name] = text_of(values[name])
    return values


def _options_text(options: list[str], shuffle: Shuffle) -> str:
    shuffled = list(options)
    shuffle(shuffled)
    return "[Options]: " + "||||".join(shuffled)


def _region_text(region: list[list[float]]) -> str:
    return "||||".join(" ".join(str(round(corner)) for corner in box) for box in region)


def _history_text(turns: list[dict[str, str]]) -> str:
    return "\n".join(f"Q: {turn['question']}\nA: {turn['answer']}" for turn in turns)
