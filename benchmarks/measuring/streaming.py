"""What augmentation adds to reading a stream, and what the ways people would write themselves add."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from datasets import IterableDataset

from instraug_datasets import augment

from .alternatives import MapFunction
from .fixtures import BATCH, World
from .table import Line, per_second, percent
from .timing import Times, take_turns

__all__ = ["streaming"]

_AUGMENT, _MAP, _MAP_BATCHED = "`augment`", "`.map(function)`", "`.map(function, batched=True)`"


def streaming(world: World) -> list[Line]:
    """Streams with pictures, as they lie on the Hub, and the worst case: text that is in memory already."""
    few, rows = world.sizes.slow_rows, world.sizes.rows
    return [
        *_lines("pictures", "Parquet with pictures", world, world.stream(), arrow_rows=rows, example_rows=few),
        *_lines("text", "text in memory", world, world.text_stream(), arrow_rows=rows, example_rows=few),
    ]


def _lines(
    key: str, what: str, world: World, stream: IterableDataset, *, arrow_rows: int, example_rows: int
) -> list[Line]:
    function = MapFunction(world.pool)
    streams = {
        "plain": stream,
        _AUGMENT: augment(stream, world.pool),
        _MAP: stream.map(function.example),
        _MAP_BATCHED: stream.map(function.batch, batched=True),
    }
    by_table = take_turns(
        {name: partial(_read_tables, streams[name], arrow_rows) for name in ("plain", _AUGMENT)},
        rounds=2 * world.sizes.rounds,
    )
    by_example = take_turns(
        {name: partial(_read_examples, each, example_rows) for name, each in streams.items()},
        rounds=2 * world.sizes.rounds,
    )
    return [
        *_overheads(f"{key}.arrow", f"{what}, Arrow batches of {BATCH}", by_table, arrow_rows, ("plain", _AUGMENT)),
        *_overheads(f"{key}.example", f"{what}, per example", by_example, example_rows, tuple(streams)),
    ]


def _overheads(key: str, what: str, times: Times, rows: int, names: Iterable[str]) -> list[Line]:
    lines = []
    for name in names:
        low, high = times.spread(name, "plain")
        lines.append(
            Line(
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
