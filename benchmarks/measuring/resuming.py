"""Measures resuming deep inside a stream: from loading the state to the next example."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import IterableDataset, load_dataset

from instraug_datasets import augment

from .fixtures import Fixtures
from .table import TableRow
from .timing import run_interleaved

__all__ = ["resuming"]

_FILES, _ROW_GROUP = 11, 10_000
_TASK = "image_caption"


def resuming(fixtures: Fixtures) -> list[TableRow]:
    """The seconds to the first example after a resume, with and without augmentation, on narrow rows of text."""
    files, at = _write_narrow(fixtures), 10 * fixtures.sizes.rows
    plain = load_dataset("parquet", data_files=files, split="train", streaming=True)
    streams = {"as it is": plain, "`augment`": augment(plain, fixtures.pool)}
    states = {name: _state_at(stream, at) for name, stream in streams.items()}
    times = run_interleaved(
        {name: partial(_resume, stream, states[name]) for name, stream in streams.items()},
        rounds=2 * fixtures.sizes.rounds,
    )
    return [
        TableRow(
            part="resume",
            what=f"from `load_state_dict` to the example at row {at:,}: {name}",
            rows=at,
            figure=f"{1000 * times.median(name):.1f} ms",
            ratio="" if name == "as it is" else f"{times.ratio(name, 'as it is'):.2f}x the time without it",
            key=f"resume.{name}",
            number=times.ratio(name, "as it is"),
        )
        for name in streams
    ]


def _write_narrow(fixtures: Fixtures) -> list[str]:
    """Parquet files with a tenth more rows than are skipped, in row groups of ten thousand."""
    rows, folder = fixtures.sizes.rows, fixtures.folder / "narrow"
    folder.mkdir()
    return [_write_file(str(folder / f"{number:02d}.parquet"), number * rows, rows) for number in range(_FILES)]


def _write_file(path: str, start: int, rows: int) -> str:
    numbers = range(start, start + rows)
    columns: dict[str, Any] = {
        "unique_id": [f"coco/{_TASK}/{number}" for number in numbers],
        "task": [_TASK] * rows,
        "target": ["A small dog in a field."] * rows,
    }
    pq.write_table(pa.table(columns), path, row_group_size=_ROW_GROUP)
    return path


def _state_at(stream: IterableDataset, row: int) -> dict[str, Any]:
    examples: Iterator[Any] = iter(stream)
    next(islice(examples, row - 1, None))
    state: dict[str, Any] = stream.state_dict()
    return state


def _resume(stream: IterableDataset, state: dict[str, Any]) -> None:
    stream.load_state_dict(state)
    next(iter(stream))
