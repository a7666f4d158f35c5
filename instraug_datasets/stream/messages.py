"""Chat turns: a user turn of pictures and the prompt, and an assistant turn of the target where there is one.

The shape is the one that processors of vision-language models and TRL take; the pictures stay in their own column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import List, Value

__all__ = ["FEATURE", "image_count", "image_counts", "messages_column", "messages_of"]

FEATURE = List({"role": Value("string"), "content": List({"type": Value("string"), "text": Value("string")})})
_PART = pa.struct([("type", pa.string()), ("text", pa.string())])


def messages_of(images: int, prompt: str, target: str | None) -> list[dict[str, Any]]:
    """The turns of one example with so many pictures."""
    pictures = [{"type": "image", "text": None} for _ in range(images)]
    turns = [{"role": "user", "content": [*pictures, {"type": "text", "text": prompt}]}]
    if target is not None:
        turns.append({"role": "assistant", "content": [{"type": "text", "text": target}]})
    return turns


def messages_column(images: pa.Array, prompts: pa.StringArray, targets: pa.StringArray) -> pa.ListArray:
    """The turns of every row.

    Args:
        images: How many pictures each row has.
    """
    count = len(prompts)
    pictures = images.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    answered = targets.is_valid().to_numpy(zero_copy_only=False)
    # Each row's parts in order: its pictures, its prompt (part i of `texts`), its target (part count + i), if any.
    lengths = np.stack([pictures + 1, answered.astype(np.int64)], axis=1)
    ends = np.cumsum(lengths.ravel())
    sources = np.full(ends[-1] if count else 0, -1)
    sources[ends[0::2] - 1] = np.arange(count)
    sources[(ends[1::2] - 1)[answered]] = count + np.flatnonzero(answered)
    is_text = sources >= 0
    texts = pa.concat_arrays([prompts, targets]).take(pa.array(sources, mask=~is_text))
    types = pa.array(["image", "text"]).take(pa.array(is_text.astype(np.int8)))
    parts = pa.StructArray.from_arrays([types, texts], fields=list(_PART))
    kept = lengths.ravel() > 0
    contents = pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends[kept]]), pa.int32()), parts)
    roles = pa.array(np.tile(["user", "assistant"], count)[kept])
    turns = pa.StructArray.from_arrays([roles, contents], names=["role", "content"])
    offsets = np.concatenate([[0], np.cumsum(1 + answered)])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), turns)


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
