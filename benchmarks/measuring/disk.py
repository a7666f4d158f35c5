"""Measures the bytes written to disk by `augment` and `Dataset.map`, and the time to the first batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from datasets import Dataset

from instraug_datasets import augment

from .alternatives import MapFunction
from .examples import UNDECODED
from .fixtures import Fixtures
from .table import TableRow, per_second
from .timing import time_call

__all__ = ["disk", "startup"]

_FIRST_BATCH = 32
_VARIANTS = 30


def startup(fixtures: Fixtures) -> list[TableRow]:
    """Seconds from calling `augment` with a pool's file to the first batch."""
    map_style, stream = fixtures.on_disk(), fixtures.stream()
    return [
        _startup_row("map-style", "map", lambda: augment(map_style, fixtures.pool_file), fixtures),
        _startup_row("streaming", "stream", lambda: augment(stream, fixtures.pool_file), fixtures),
    ]


def disk(fixtures: Fixtures) -> list[TableRow]:
    """Bytes written by reading everything augmented, and by writing one or thirty variants with `Dataset.map`."""
    with_pictures = fixtures.on_disk()
    text = Dataset(fixtures.table).cast(UNDECODED)
    return [
        *_augment_rows(fixtures, with_pictures),
        _map_row(fixtures, "with pictures", with_pictures),
        _map_row(fixtures, "without pictures", text),
        _many_variants_row(fixtures, "with pictures", with_pictures),
        _many_variants_row(fixtures, "without pictures", text),
    ]


def _startup_row(what: str, key: str, action: Callable[[], Any], fixtures: Fixtures) -> TableRow:
    def first_batch() -> None:
        next(iter(action().iter(_FIRST_BATCH)))

    first_batch()
    seconds = median(time_call(first_batch) for _ in range(2 * fixtures.sizes.rounds))
    return TableRow(
        part="start",
        what=f"`augment(...)` to the first batch of {_FIRST_BATCH}, {what}, pool read from its file",
        rows=fixtures.sizes.rows,
        figure=f"{seconds:.3f} s",
        key=f"startup.{key}",
        number=seconds,
    )


def _augment_rows(fixtures: Fixtures, map_style: Dataset) -> list[TableRow]:
    before = _bytes_below(fixtures.folder)
    for table in augment(fixtures.stream(), fixtures.pool_file).with_format("arrow").iter(1000):
        del table
    read = augment(map_style, fixtures.pool_file)
    for row in range(fixtures.sizes.slow_rows):
        read[row]
    written = _bytes_below(fixtures.folder) - before
    return [
        TableRow(
            part="disk",
            what="`augment`: every variant in its epoch; the whole stream, and the map-style data row by row",
            rows=fixtures.sizes.rows,
            figure=_size_text(written),
            ratio="counted below all caches",
            key="disk.augment",
            number=written,
        )
    ]


def _map_row(fixtures: Fixtures, what: str, dataset: Dataset) -> TableRow:
    function = MapFunction(fixtures.pool)
    path = fixtures.folder / "mapped.arrow"
    seconds = time_call(lambda: dataset.map(function.batch, batched=True, cache_file_name=str(path)))
    return TableRow(
        part="disk",
        what=f"`Dataset.map` to disk, 1 variant, {what}",
        rows=len(dataset),
        figure=_size_text(_pop_size(path)),
        ratio=f"{per_second(len(dataset), seconds)}, before the first step of training",
    )


def _many_variants_row(fixtures: Fixtures, what: str, dataset: Dataset) -> TableRow:
    function, rows = MapFunction(fixtures.pool), fixtures.sizes.slowest_rows
    path = fixtures.folder / "mapped.arrow"
    few = dataset.select(range(rows))
    seconds = time_call(
        lambda: few.map(
            function.thirty_variants,
            batched=True,
            batch_size=100,
            remove_columns=few.column_names,
            cache_file_name=str(path),
        )
    )
    scale = len(dataset) / rows
    return TableRow(
        part="disk",
        what=f"`Dataset.map` to disk, {_VARIANTS} variants, {what}",
        rows=rows,
        figure=f"{_size_text(_pop_size(path) * scale)} (scaled to {len(dataset):,} rows)",
        ratio=f"{seconds * scale / 60:.1f} min (scaled)",
    )


def _pop_size(path: Path) -> int:
    """The size of a file, which is deleted."""
    size = path.stat().st_size
    path.unlink()
    return size


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _size_text(size: float) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} bytes"
