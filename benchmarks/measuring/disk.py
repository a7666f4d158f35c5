"""What goes to disk: nothing for us, whole copies for `Dataset.map`. And how soon the first batch is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from datasets import Dataset

from instraug_datasets import augment

from .alternatives import MapFunction
from .examples import UNDECODED
from .fixtures import World
from .table import Line, per_second
from .timing import seconds_of

__all__ = ["disk", "startup"]

_FIRST_BATCH = 32
_VARIANTS = 30


def startup(world: World) -> list[Line]:
    """Seconds from calling `augment` with a pool's file to the first batch."""
    map_style, stream = world.on_disk(), world.stream()
    return [
        _startup_line("map-style", "map", lambda: augment(map_style, world.pool_file), world),
        _startup_line("streaming", "stream", lambda: augment(stream, world.pool_file), world),
    ]


def disk(world: World) -> list[Line]:
    """Bytes written by reading everything augmented, and by writing one or thirty variants with `Dataset.map`."""
    with_pictures = world.on_disk()
    text = Dataset(world.table).cast(UNDECODED)
    return [
        *_augment_lines(world, with_pictures),
        _map_line(world, "with pictures", with_pictures),
        _map_line(world, "without pictures", text),
        _thirty_line(world, "with pictures", with_pictures),
        _thirty_line(world, "without pictures", text),
    ]


def _startup_line(what: str, key: str, action: Callable[[], Any], world: World) -> Line:
    def first_batch() -> None:
        next(iter(action().iter(_FIRST_BATCH)))

    first_batch()
    seconds = median(seconds_of(first_batch) for _ in range(2 * world.sizes.rounds))
    return Line(
        part="start",
        what=f"`augment(...)` to the first batch of {_FIRST_BATCH}, {what}, pool read from its file",
        rows=world.sizes.rows,
        figure=f"{seconds:.3f} s",
        key=f"startup.{key}",
        number=seconds,
    )


def _augment_lines(world: World, map_style: Dataset) -> list[Line]:
    before = _bytes_below(world.folder)
    for table in augment(world.stream(), world.pool_file).with_format("arrow").iter(1000):
        del table
    read = augment(map_style, world.pool_file)
    for row in range(world.sizes.slow_rows):
        read[row]
    written = _bytes_below(world.folder) - before
    return [
        Line(
            part="disk",
            what="`augment`: every variant in its epoch; the whole stream, and the map-style data row by row",
            rows=world.sizes.rows,
            figure=_size_text(written),
            ratio="counted below all caches",
            key="disk.augment",
            number=written,
        )
    ]


def _map_line(world: World, what: str, dataset: Dataset) -> Line:
    function = MapFunction(world.pool)
    path = world.folder / "mapped.arrow"
    seconds = seconds_of(lambda: dataset.map(function.batch, batched=True, cache_file_name=str(path)))
    return Line(
        part="disk",
        what=f"`Dataset.map` to disk, 1 variant, {what}",
        rows=len(dataset),
        figure=_size_text(_taken(path)),
        ratio=f"{per_second(len(dataset), seconds)}, before the first step of training",
    )


def _thirty_line(world: World, what: str, dataset: Dataset) -> Line:
    function, rows = MapFunction(world.pool), world.sizes.slowest_rows
    path = world.folder / "mapped.arrow"
    few = dataset.select(range(rows))
    seconds = seconds_of(
        lambda: few.map(
            function.thirty,
            batched=True,
            batch_size=100,
            remove_columns=few.column_names,
            cache_file_name=str(path),
        )
    )
    scale = len(dataset) / rows
    return Line(
        part="disk",
        what=f"`Dataset.map` to disk, {_VARIANTS} variants, {what}",
        rows=rows,
        figure=f"{_size_text(_taken(path) * scale)} (scaled to {len(dataset):,} rows)",
        ratio=f"{seconds * scale / 60:.1f} min (scaled)",
    )


def _taken(path: Path) -> int:
    """The size of a file that is then deleted."""
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
