"""Measures rows of map-style data in random order, beside a transform that people would write themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from datasets import Dataset

from instraug_datasets import augment

from .alternatives import MapFunction
from .examples import UNDECODED
from .fixtures import Fixtures
from .random_draws import RandomDraws
from .table import TableRow, per_second
from .timing import run_interleaved

__all__ = ["map_style"]

_LOADED = 32
_AUGMENT, _TRANSFORM = "`augment`", "`with_transform(function)`, random.choice"


def map_style(fixtures: Fixtures) -> list[TableRow]:
    """Rows one by one, and as a `DataLoader` asks for them."""
    plain, function = Dataset(fixtures.table).cast(UNDECODED), MapFunction(fixtures.pool)
    data = {
        "as it is": plain,
        _AUGMENT: augment(plain, fixtures.pool, epoch=0),
        _TRANSFORM: plain.with_transform(lambda batch: {**batch, **function.batch(batch)}),
    }
    draws = RandomDraws("order", fixtures.sizes.rows)
    order = [draws.number(len(plain)) for _ in range(fixtures.sizes.slow_rows)]
    return [
        *_rows("`dataset[i]`", "index", data, _one_by_one, order, fixtures.sizes.rounds),
        *_rows(f"batches of {_LOADED}", "batches", data, _in_batches, order, fixtures.sizes.rounds),
    ]


def _rows(
    what: str,
    key: str,
    data: Mapping[str, Dataset],
    read: Callable[[Dataset, list[int]], None],
    order: list[int],
    rounds: int,
) -> list[TableRow]:
    times = run_interleaved({name: partial(read, each, order) for name, each in data.items()}, rounds=rounds)
    return [
        TableRow(
            part="map-style",
            what=f"{what}: {name}",
            rows=len(order),
            figure=per_second(len(order), times.median(name)),
            ratio=""
            if name == "as it is"
            else f"{times.ratio('as it is', name):.2f}x the speed of the data as they are",
            key=f"map.{key}.{name}",
            number=times.ratio("as it is", name),
        )
        for name in data
    ]


def _one_by_one(dataset: Dataset, order: list[int]) -> None:
    for row in order:
        dataset[row]


def _in_batches(dataset: Dataset, order: list[int]) -> None:
    for start in range(0, len(order), _LOADED):
        dataset.__getitems__(order[start : start + _LOADED])
