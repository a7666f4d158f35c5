"""Measures the overhead of augmentation on a stream, compared with functions that people would write themselves."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from datasets import IterableDataset

from instraug_datasets import augment

from .alternatives import MapFunction
from .fixtures import BATCH, Fixtures
from .table import TableRow, per_second, percent
from .timing import Timings, run_interleaved

__all__ = ["streaming"]

_AUGMENT, _MAP, _MAP_BATCHED = "`augment`", "`.map(function)`", "`.map(function, batched=True)`"


def streaming(fixtures: Fixtures) -> list[TableRow]:
    """Overheads on a stream with images, as on the Hub, and in the worst case, on text in memory."""
    few, rows = fixtures.sizes.slow_rows, fixtures.sizes.rows
    return [
        *_rows("pictures", "Parquet with pictures", fixtures, fixtures.stream(), arrow_rows=rows, example_rows=few),
        *_rows("text", "text in memory", fixtures, fixtures.text_stream(), arrow_rows=rows, example_rows=few),
    ]


def _rows(
    key: str, what: str, fixtures: Fixtures, stream: IterableDataset, *, arrow_rows: int, example_rows: int
) -> list[TableRow]:
    function = MapFunction(fixtures.pool)
    streams = {
        "plain": stream,
        _AUGMENT: augment(stream, fixtures.pool),
        _MAP: stream.map(function.example),
        _MAP_BATCHED: stream.map(function.batch, batched=True),
    }
    by_table = run_interleaved(
        {name: partial(_read_tables, streams[name], arrow_rows) for name in ("plain", _AUGMENT)},
        rounds=2 * fixtures.sizes.rounds,
    )
    by_example = run_interleaved(
        {name: partial(_read_examples, each, example_rows) for name, each in streams.items()},
        rounds=2 * fixtures.sizes.rounds,
    )
    return [
        *_overheads(f"{key}.arrow", f"{what}, Arrow batches of {BATCH}", by_table, arrow_rows, ("plain", _AUGMENT)),
        *_overheads(f"{key}.example", f"{what}, per example", by_example, example_rows, tuple(streams)),
    ]


def _overheads(key: str, what: str, times: Timings, rows: int, names: Iterable[str]) -> list[TableRow]:
    lines = []
    for name in names:
        low, high = times.spread(name, "plain")
        lines.append(
            TableRow(
                part="streaming",
                what=f"{what}: {'as it is' if name == 'plain' else name}",
                rows=rows,
                figure=per_second(rows, times.median(name)),
                ratio=""
                if name == "plain"
                else f"{percent(times.ratio(name, 'plain'))} time ({percent(low)} to {percent(high)})",
                key=f"stream.{key}.{name}",
                number=100 * (times.ratio(name, "plain") - 1),
            )
        )
    return lines


def _read_tables(stream: IterableDataset, rows: int) -> None:
    _read(stream.with_format("arrow").iter(BATCH), -(-rows // BATCH))


def _read_examples(stream: IterableDataset, rows: int) -> None:
    _read(stream, rows)


def _read(items: Iterable[Any], count: int) -> None:
    for _ in zip(range(count), items, strict=False):
        pass
