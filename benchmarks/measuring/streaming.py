"""Measures streams with fresh wordings: by this package, by functions people would write, and by other libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from datasets import Dataset, IterableDataset

from instraug_datasets import augment

from .alternatives import MapFunction, ResearchCode
from .fixtures import BATCH, Fixtures
from .peers import PEERS, Peer, PeerProcess
from .table import TableRow, per_second, percent
from .timing import Timings, run_interleaved, time_call

__all__ = ["AS_IT_IS", "AUGMENT", "CONTEST", "LIMIT", "loading", "streaming"]

AS_IT_IS, AUGMENT, LIMIT = "`datasets`, as it is, no prompts", "`augment`", "the limit: Arrow batches, no prompts"
CONTEST = "stream.pictures.example."
"""The beginning of the keys of all contestants on the same stream of examples with pictures."""

_LOADED, _WORKERS = 32, 2


@dataclass(frozen=True, slots=True)
class _Contestant:
    """A way to read examples.

    Attributes:
        read: Reads `rows` examples.
        rows: Their number, smaller for slow ways.
    """

    read: Callable[[], object]
    rows: int


def streaming(fixtures: Fixtures) -> list[TableRow]:
    """A stream with pictures, as on the Hub, and the worst case, text in memory."""
    with _contestants(fixtures) as contestants:
        rows = _example_rows(CONTEST, "Parquet with pictures, per example", contestants, fixtures)
    text = _streams(fixtures, fixtures.text_stream())
    return [
        *_table_rows("pictures", "Parquet with pictures", fixtures, fixtures.stream()),
        *rows,
        *_not_installed(),
        *_table_rows("text", "text in memory", fixtures, fixtures.text_stream()),
        *_example_rows("stream.text.example.", "text in memory, per example", text, fixtures),
    ]


def loading(fixtures: Fixtures) -> list[TableRow]:
    """The same streams under a `DataLoader`, from its first batch on."""
    return [
        *_loader_rows("loader.pictures.", "with pictures", fixtures, fixtures.stream()),
        *_loader_rows("loader.text.", "text", fixtures, fixtures.text_file_stream()),
    ]


@contextmanager
def _contestants(fixtures: Fixtures) -> Iterator[dict[str, _Contestant]]:
    """Everything that reads examples with pictures one by one; other libraries in their own processes."""
    few, fewest, stream = fixtures.sizes.slow_rows, fixtures.sizes.slowest_rows, fixtures.stream()
    on_disk, function, research = fixtures.on_disk(), MapFunction(fixtures.pool), ResearchCode(fixtures.pool)
    transformed = on_disk.with_transform(lambda batch: {**batch, **function.batch(batch)})
    by_research = stream.map(
        lambda example, number: {"prompt": research.example(example, number=number)}, with_indices=True
    )
    with ExitStack() as stack:
        yield {
            **_streams(fixtures, stream),
            "map-style, `with_transform` and `random.choice`": _Contestant(partial(_read, transformed, few), few),
            "`Dataset.map` to disk, then read": _Contestant(
                partial(_map_and_read, on_disk.select(range(few)), function, fixtures), few
            ),
            "research code in `.map`": _Contestant(partial(_read, by_research, fewest), fewest),
            **{
                _label(each.peer, each.version): _Contestant(each.read, few)
                for each in (
                    stack.enter_context(PeerProcess(name, fixtures)) for name, peer in PEERS.items() if peer.installed
                )
            },
            LIMIT: _Contestant(partial(_read_tables, stream, few), few),
        }


def _streams(fixtures: Fixtures, stream: IterableDataset) -> dict[str, _Contestant]:
    function, few = MapFunction(fixtures.pool), fixtures.sizes.slow_rows
    streams = {
        AS_IT_IS: stream,
        AUGMENT: augment(stream, fixtures.pool),
        "`.map(function)`": stream.map(function.example),
        "`.map(function, batched=True)`": stream.map(function.batch, batched=True),
    }
    return {name: _Contestant(partial(_read, each, few), few) for name, each in streams.items()}


def _example_rows(key: str, what: str, contestants: Mapping[str, _Contestant], fixtures: Fixtures) -> list[TableRow]:
    times = run_interleaved({name: each.read for name, each in contestants.items()}, rounds=fixtures.sizes.rounds)
    return _speed_rows(key, what, times, {name: each.rows for name, each in contestants.items()})


def _speed_rows(
    key: str, what: str, times: Timings, rows: Mapping[str, int], part: str = "streaming"
) -> list[TableRow]:
    """The speed of everything beside the stream as it is."""
    lines = []
    for name, count in rows.items():
        scale = count / rows[AS_IT_IS]
        high, low = (scale / each for each in times.spread(name, AS_IT_IS))
        speed = scale / times.ratio(name, AS_IT_IS)
        lines.append(
            TableRow(
                part=part,
                what=f"{what}: {name}",
                rows=count,
                figure=per_second(count, times.median(name)),
                ratio="" if name == AS_IT_IS else f"{speed:.2f}x the stream as it is ({low:.2f} to {high:.2f})",
                key=f"{key}{name}",
                number=speed,
                rate=count / times.median(name),
            )
        )
    return lines


def _table_rows(key: str, what: str, fixtures: Fixtures, stream: IterableDataset) -> list[TableRow]:
    """What augmentation adds to reading Arrow batches."""
    rows, streams = fixtures.sizes.rows, {AS_IT_IS: stream, AUGMENT: augment(stream, fixtures.pool)}
    times = run_interleaved(
        {name: partial(_read_tables, each, rows) for name, each in streams.items()}, rounds=fixtures.sizes.rounds
    )
    low, high = times.spread(AUGMENT, AS_IT_IS)
    added = times.ratio(AUGMENT, AS_IT_IS)
    return [
        TableRow(
            part="streaming",
            what=f"{what}, Arrow batches of {BATCH}: {name}",
            rows=rows,
            figure=per_second(rows, times.median(name)),
            ratio="" if name == AS_IT_IS else f"{percent(added)} time ({percent(low)} to {percent(high)})",
            key=f"stream.{key}.arrow.{name}",
            number=100 * (added - 1),
        )
        for name in streams
    ]


def _loader_rows(key: str, what: str, fixtures: Fixtures, stream: IterableDataset) -> list[TableRow]:
    rows = fixtures.sizes.slow_rows
    streams = {AS_IT_IS: stream, AUGMENT: augment(stream, fixtures.pool)}
    batches = max(1, rows // _LOADED - 1)  # the first one is not on the clock
    seconds: dict[str, list[float]] = {name: [] for name in streams}
    for _ in range(fixtures.sizes.rounds):
        for name, each in streams.items():
            seconds[name].append(_seconds_of_loader(each, batches))
    titles = f"`DataLoader`, {_WORKERS} workers, batches of {_LOADED}, {what}"
    return _speed_rows(key, titles, Timings(seconds), dict.fromkeys(streams, batches * _LOADED), part="loader")


def _seconds_of_loader(stream: IterableDataset, batches: int) -> float:
    """The seconds for a number of batches after the first one, when the workers have started."""
    # Imported here, because torch takes seconds to import and is needed for nothing else.
    from torch.utils.data import DataLoader

    iterator = iter(DataLoader(stream, batch_size=_LOADED, num_workers=_WORKERS, collate_fn=list))
    next(iterator)
    return time_call(partial(_read, iterator, batches))


def _not_installed() -> list[TableRow]:
    return [
        TableRow(
            part="streaming",
            what=f"Parquet with pictures, per example: {peer.label}",
            rows=0,
            figure="not measured",
            ratio=f"{peer.package} is not installed here",
        )
        for peer in PEERS.values()
        if not peer.installed
    ]


def _label(peer: Peer, version: str) -> str:
    return f"{peer.label} ({version})"


def _map_and_read(dataset: Dataset, function: MapFunction, fixtures: Fixtures) -> None:
    path = fixtures.folder / "mapped-and-read.arrow"
    mapped = dataset.map(function.batch, batched=True, cache_file_name=str(path), load_from_cache_file=False)
    _read(mapped, len(mapped))
    del mapped
    path.unlink()


def _read_tables(stream: IterableDataset, rows: int) -> None:
    _read(stream.with_format("arrow").iter(BATCH), -(-rows // BATCH))


def _read(items: Iterable[Any], count: int) -> None:
    for _ in zip(range(count), items, strict=False):
        pass
