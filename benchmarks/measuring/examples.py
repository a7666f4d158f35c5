"""Synthetic examples of alternating MULTIINSTRUCT tasks, with fields and texts of realistic length, and images.

Captions have about ten words and questions about seven, as in MSCOCO and VQA. Images are JPEG files of about 20 KB,
stored in Parquet as users stream them; they are never decoded, because that would hide every other cost.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, Image, List
from PIL import Image as Pictures

from instraug_datasets.records import FEATURES, FIELDS, Box, Example
from instraug_datasets.tasks import BENCHMARKS, Task

from .random_draws import RandomDraws

TASKS = tuple(task for task in BENCHMARKS["multiinstruct"].values() if task.role != "excluded")
UNDECODED = Features({**FEATURES, "images": List(Image(decode=False))})
"""The columns, with images as bytes."""

_SIZE = (224, 224)
_DISTINCT_IMAGES = 64
_FILES = 10
_ADJECTIVES = ("small", "large", "red", "wooden", "shiny", "striped", "old", "bright", "young", "grey")
_NOUNS = ("dog", "bicycle", "umbrella", "train", "woman", "kite", "bench", "bowl of fruit", "laptop", "horse", "boat")
_RELATIONS = ("standing next to", "leaning against", "in front of", "behind", "looking at", "on top of", "moving past")
_PLACES = ("on a busy street", "in a field", "near the beach", "in a kitchen", "under a clear sky", "at the station")
_QUESTIONS = (
    "What colour is the {0} {1}?",
    "Is there a {0} {1} {2}?",
    "How many {0} things are {2}?",
    "What is the {0} {1} {2} made of?",
)
_LABELS = (("yes", "no"), ("true", "false"), ("the caption fits", "the caption does not fit"))


def table_of(rows: int) -> pa.Table:
    """A table of examples without images."""
    listed = [_example(number).to_dict() for number in range(rows)]
    return pa.Table.from_pylist(listed, schema=FEATURES.arrow_schema)


def write_parquet(table: pa.Table, folder: Path, *, pictures: bool) -> list[str]:
    """Write the examples in shards, as on the Hub, and return the files in order."""
    folder.mkdir(parents=True)
    shown = [_picture(number) for number in range(_DISTINCT_IMAGES)] if pictures else []
    files = []
    for number, part in enumerate(_parts(table)):
        path = folder / f"train-{number:05d}.parquet"
        # Every image is stored in full, as different images would be: without dictionary or compression.
        columns = [name for name in part.column_names if name != "images"]
        compression = {**dict.fromkeys(columns, "snappy"), "images.list.element.bytes": "none"}
        whole = _with_pictures(part, shown) if pictures else part
        pq.write_table(whole, path, row_group_size=1000, use_dictionary=columns, compression=compression)
        files.append(str(path))
    return files


def _example(number: int) -> Example:
    task = TASKS[number % len(TASKS)]
    draws = RandomDraws("example", number)
    values: dict[str, Any] = {name: _FIELD_MAKERS[name](task, draws) for name in (*task.fields, *task.optional_fields)}
    target = draws.pick(values["options"]) if "options" in values else _caption(task, draws)
    return Example(
        unique_id=f"coco/{task.name}/{number:012d}",
        task=task.name,
        source="coco",
        images=(),
        target=target,
        meta={"image_size": _SIZE},
        **values,
    )


def _caption(_: Task, draws: RandomDraws) -> str:
    look, other = draws.pick(_ADJECTIVES), draws.pick(_ADJECTIVES)
    thing, doing, place = draws.pick(_NOUNS), draws.pick(_RELATIONS), draws.pick(_PLACES)
    return f"A {look} {thing} {doing} a {other} {draws.pick(_NOUNS)} {place}."


def _question(_: Task, draws: RandomDraws) -> str:
    return draws.pick(_QUESTIONS).format(draws.pick(_ADJECTIVES), draws.pick(_NOUNS), draws.pick(_PLACES))


def _text(task: Task, draws: RandomDraws) -> str:
    is_object = "region" in task.fields or bool(task.boxes)
    return draws.pick(_NOUNS) if is_object else _caption(task, draws)


def _region(_: Task, draws: RandomDraws) -> tuple[Box, ...]:
    return tuple(_box(draws) for _ in range(1 + draws.number(2)))


def _box(draws: RandomDraws) -> Box:
    left, top = draws.number(150) + 0.5, draws.number(150) + 0.25
    return (left, top, left + 1 + draws.number(60), top + 1 + draws.number(60))


def _options(task: Task, draws: RandomDraws) -> tuple[str, ...]:
    if "options" in task.boxes:
        return tuple(" ".join(f"{corner:.0f}" for corner in _box(draws)) for _ in range(4))
    if task.fields == ("options",):
        return tuple(_caption(task, draws) for _ in range(5))
    return draws.pick(_LABELS)


def _history(task: Task, draws: RandomDraws) -> tuple[dict[str, str], ...]:
    return tuple({"question": _question(task, draws), "answer": draws.pick(_NOUNS)} for _ in range(draws.number(4)))


_FIELD_MAKERS: Mapping[str, Callable[[Task, RandomDraws], Any]] = {
    **dict.fromkeys(FIELDS, _caption),
    "question": _question,
    "text": _text,
    "region": _region,
    "options": _options,
    "history": _history,
}


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    rows = -(-table.num_rows // _FILES)
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)


def _picture(number: int) -> bytes:
    """Noise over a gradient, which gives a JPEG file of the size of a typical photo."""
    noise = np.random.default_rng(number).integers(0, 70, (*_SIZE, 3), np.uint8)
    gradient = np.linspace(0, 180, _SIZE[0], dtype=np.uint8)[:, None, None]
    file = io.BytesIO()
    Pictures.fromarray(noise + gradient).save(file, "JPEG", quality=86)
    return file.getvalue()


def _with_pictures(table: pa.Table, pictures: Sequence[bytes]) -> pa.Table:
    kind = table.schema.field("images").type
    shown = [[{"bytes": pictures[row % len(pictures)], "path": None}] for row in range(table.num_rows)]
    return table.set_column(table.column_names.index("images"), table.schema.field("images"), pa.array(shown, kind))
