"""Chat turns: the prompt with its pictures as the user's turn, and the target as the assistant's.

The shape is the one that processors of vision-language models and TRL take; the pictures stay in their own column. A
marker `<image>` in a prompt, as LLaVA and LLaMA-Factory write it, is where a picture stands; without markers, all
pictures stand before the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from datasets import List, Value

from ..errors import ExampleError
from .columns import may_contain

__all__ = [
    "FEATURE",
    "FEATURE_TYPE",
    "answer_turns",
    "answers_column",
    "image_count",
    "image_counts",
    "prompt_turns",
    "turns_column",
]

FEATURE = List({"role": Value("string"), "content": List({"type": Value("string"), "text": Value("string")})})
"""A list of turns."""

MARKER = "<image>"

_PART = pa.struct([("type", pa.string()), ("text", pa.string())])
FEATURE_TYPE = pa.list_(pa.struct([("role", pa.string()), ("content", pa.list_(_PART))]))
"""`FEATURE` as a type of Arrow."""
_ROLES = pa.array(["system", "user", "assistant"])


def prompt_turns(
    images: int, prompt: str, system: str | None, history: Sequence[Mapping[str, str]] = ()
) -> list[dict[str, Any]]:
    """The turns of one example with so many pictures, up to the answer.

    Args:
        history: Earlier questions and answers. The first of the user's turns has the pictures, unless the prompt marks
            their places.

    Raises:
        ExampleError: The prompt has markers, but not one for each picture.
    """
    turns = [] if system is None else [_turn("system", [_text(system)])]
    said = [(turn["question"], turn["answer"]) for turn in history]
    before = 0 if MARKER in prompt or not said else images
    for number, (question, reply) in enumerate(said):
        pictures = [{"type": "image", "text": None} for _ in range(0 if number else before)]
        turns += [_turn("user", [*pictures, _text(question)]), _turn("assistant", [_text(reply)])]
    return [*turns, _turn("user", _prompt_parts(images - before, prompt))]


def answer_turns(target: str | None) -> list[dict[str, Any]] | None:
    """The answer's turn; None without a target."""
    return None if target is None else [_turn("assistant", [_text(target)])]


def turns_column(
    images: pa.Array, prompts: pa.StringArray, system: str | None, targets: pa.StringArray | None
) -> pa.ListArray:
    """The turns of every row: `prompt_turns`, and `answer_turns` where there are targets.

    Args:
        images: How many pictures each row has.

    Raises:
        ExampleError: A prompt has markers, but not one for each picture.
    """
    rows, before = len(prompts), int(system is not None)
    said = [_contents(pa.array([system], pa.string())), _prompt_contents(images, prompts)]
    answered = np.zeros(rows, bool)
    if targets is not None:
        said.append(_contents(targets))
        answered = targets.is_valid().to_numpy(zero_copy_only=False)
    # Which content stands in which turn: 0 is the system's, then come the prompts of all rows, then their targets.
    ends = np.cumsum(before + 1 + answered)
    turns = np.zeros(ends[-1] if rows else 0, np.int64)
    turns[ends - 1 - answered] = 1 + np.arange(rows)
    turns[ends[answered] - 1] = 1 + rows + np.flatnonzero(answered)
    roles = _ROLES.take(pa.array((turns > 0).astype(np.int8) + (turns > rows)))
    contents = pa.concat_arrays(said).take(pa.array(turns))
    column = pa.StructArray.from_arrays([roles, contents], names=["role", "content"])
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), column)


def answers_column(targets: pa.StringArray) -> pa.ListArray:
    """The answer's turn of every row; null where there is no target."""
    given = targets.drop_null()
    roles = pa.repeat(pa.scalar("assistant"), len(given))
    turns = pa.StructArray.from_arrays([roles, _contents(given)], names=["role", "content"])
    missing = targets.is_null()
    ends = np.cumsum(~missing.to_numpy(zero_copy_only=False))
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), turns, mask=missing)


def image_counts(table: pa.Table) -> pa.Array:
    """How many pictures each row has, as `image_count` says of one."""
    if "images" not in table.column_names:
        return pa.nulls(table.num_rows, pa.int32())
    images = table.column("images").combine_chunks()
    if pa.types.is_nested(images.type) and not pa.types.is_struct(images.type):
        return pc.list_value_length(images)
    return images.is_valid().cast(pa.int32())


def image_count(images: Any) -> int:
    """How many pictures an example has: those of a list or an array of pictures; none, if it is null; otherwise one."""
    if images is None:
        return 0
    several = images.dtype == object or images.ndim > 3 if isinstance(images, np.ndarray) else False
    return len(images) if several or isinstance(images, (list, tuple)) else 1


def _turn(role: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": role, "content": content}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _prompt_parts(images: int, prompt: str) -> list[dict[str, Any]]:
    picture = {"type": "image", "text": None}
    first, *others = _without_line_breaks(prompt).split(MARKER) if MARKER in prompt else [prompt]
    if not others:
        return [dict(picture) for _ in range(images)] + [_text(first)]
    if len(others) != images:
        raise _mismatch(len(others), images)
    parts = [_text(first)] if first else []
    for text in others:
        parts += [dict(picture), _text(text)] if text else [dict(picture)]
    return parts


def _without_line_breaks(prompt: str) -> str:
    """The prompt without the line break on either side of a marker, which is there to set it off."""
    return prompt.replace(f"{MARKER}\n", MARKER).replace(f"\n{MARKER}", MARKER)


def _contents(texts: pa.StringArray) -> pa.ListArray:
    """Each text as a content of one part."""
    types = pa.repeat(pa.scalar("text"), len(texts))
    parts = pa.StructArray.from_arrays([types, texts], fields=list(_PART))
    return pa.ListArray.from_arrays(pa.array(np.arange(len(texts) + 1), pa.int32()), parts)


def _prompt_contents(images: pa.Array, prompts: pa.StringArray) -> pa.ListArray:
    """The parts of each prompt: texts, each behind the pictures that stand before it."""
    pictures = images.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    texts, firsts = prompts, np.arange(len(prompts) + 1)
    if may_contain(prompts, MARKER):
        texts, firsts = _split(prompts)
        markers = np.diff(firsts) - 1
        for row in np.flatnonzero((markers > 0) & (markers != pictures)).tolist():
            raise _mismatch(markers[row], pictures[row])
    whole = np.repeat(np.diff(firsts) == 1, np.diff(firsts))
    before = np.ones(len(texts), np.int64)
    before[firsts[:-1]] = np.where(np.diff(firsts) == 1, pictures, 0)
    shown = whole | (pc.binary_length(texts).to_numpy(zero_copy_only=False) > 0)
    ends = np.cumsum(before + shown)
    sources = np.full(ends[-1] if len(ends) else 0, -1)
    sources[ends[shown] - 1] = np.flatnonzero(shown)
    is_text = sources >= 0
    types = pa.array(["image", "text"]).take(pa.array(is_text.astype(np.int8)))
    parts = pa.StructArray.from_arrays([types, texts.take(pa.array(sources, mask=~is_text))], fields=list(_PART))
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends)[firsts], pa.int32()), parts)


def _split(prompts: pa.StringArray) -> tuple[pa.StringArray, npt.NDArray[np.int64]]:
    """The texts between the markers, prompt after prompt, and where each prompt's begin."""
    for wide in (f"{MARKER}\n", f"\n{MARKER}"):
        prompts = pc.replace_substring(prompts, wide, MARKER)
    pieces = pc.split_pattern(prompts, MARKER)
    offsets = pieces.offsets.to_numpy().astype(np.int64)
    return pieces.values.slice(offsets[0], offsets[-1] - offsets[0]), offsets - offsets[0]


def _mismatch(markers: int, images: int) -> ExampleError:
    return ExampleError(
        f"The prompt has {markers} {MARKER} markers, but the example has {images} pictures: a marker is the place of "
        "one picture. Without any marker, all pictures stand before the text."
    )
