"""How many examples a stream has, where that follows from what it is made of, and how many batches loaders make of it.

An unknown node, and one that drops or adds examples by what is in them (`filter`, a batched `map`), makes a length
unknown: it is never guessed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any

from datasets import Dataset, IterableDataset

__all__ = ["Lengths", "count_examples", "declared_rows", "rows", "rows_for_caller", "shard_rows"]

Lengths = tuple[int, ...] | int | None
"""The rows of each shard, or of all shards together, or unknown."""


def count_examples(stream: IterableDataset) -> list[int]:
    """The number of examples of each shard of a stream: read once, but no picture is decoded.

    For `augment(stream, pool, length=count_examples(stream))`, where nothing states the length; keep the numbers for
    the next run.
    """
    shards = stream._ex_iterable.num_shards
    return [_count(stream._ex_iterable.shard_data_sources(shards, index)) for index in range(shards)]


def _count(node: Any) -> int:
    return sum(len(table) for _, table in node.iter_arrow()) if node.iter_arrow else sum(1 for _ in node)


def rows(node: Any, leaf: int | None = None) -> int | None:
    """The number of examples that an examples-iterable yields; None if that is unknown.

    Args:
        leaf: The number of examples of the source, for one that cannot tell.
    """
    own = getattr(node, "rows", None)
    if own is not None:
        return own()  # type: ignore[no-any-return]
    rule = _RULES.get(type(node).__name__)
    return None if rule is None else rule(node, leaf)


def shard_rows(node: Any) -> Lengths:
    """The number of examples of each shard of an examples-iterable; None if unknown."""
    if rows(node) is None:
        return None
    number = node.num_shards
    shards = [rows(node.shard_data_sources(number, index)) for index in range(number)] if number > 1 else [rows(node)]
    known = [each for each in shards if each is not None]
    return tuple(known) if len(known) == number else rows(node)


def declared_rows(dataset: Any) -> Lengths:
    """What the info of a stream's split says of its length, seen through the operations applied since."""
    split = (dataset.info.splits or {}).get(str(dataset.split))
    node = dataset._ex_iterable
    if split is None or not split.num_examples:
        return None
    if split.shard_lengths and _is_source(node) and len(split.shard_lengths) == node.num_shards:
        return tuple(split.shard_lengths)
    total = rows(node, leaf=split.num_examples)
    return (total,) if total is not None and node.num_shards == 1 else total


def rows_for_caller(node: Any, frame: FrameType | None, source: Any) -> int:
    """The length of a stream: its examples, or what makes a `DataLoader` that asks for it count its batches rightly.

    A loader reckons `ceil(len(dataset) / batch_size)`, but each of its workers ends with an incomplete batch of its
    own. It asks without saying who it is, so that the only way to answer rightly is to look at the caller.

    Raises:
        TypeError: The length, or the part of each worker, is unknown.
    """
    known = rows(node)
    if known is None:
        raise TypeError("The length of this stream is unknown; augment(..., length=...) states it.")
    loader, unit = _loader(frame, source)
    if loader is None or not loader.num_workers or not unit:
        return known
    count = math.floor if loader.drop_last else math.ceil
    return sum(count(part / unit) for part in _parts(node, loader.num_workers)) * int(unit)


def _parts(node: Any, workers: int) -> Iterable[int]:
    for index in range(workers):
        if not node.split_shard_indices_by_worker(workers, index, contiguous=False):
            continue
        part = rows(node.shard_data_sources(workers, index, contiguous=False))
        if part is None:
            raise TypeError(
                f"The stream has a length, but not how much of it each of {workers} workers reads: give the number of "
                "examples of every shard, augment(..., length=[...])."
            )
        yield part


def _loader(frame: FrameType | None, source: Any) -> tuple[Any, int | None]:
    """The `DataLoader` that asks for the length of `source`, and the number of examples that make one of its batches.

    Seen through what accelerate puts between the two for several processes.
    """
    torch_data = sys.modules.get("torch.utils.data")
    caller = frame.f_locals.get("self") if frame is not None else None
    if torch_data is None or caller is None or getattr(caller, "dataset", None) is not source:
        return None, None
    if isinstance(caller, torch_data.DataLoader):
        return caller, caller.batch_size
    processes = getattr(caller, "num_processes", None)
    outer = frame.f_back.f_locals.get("self") if frame is not None and frame.f_back is not None else None
    if processes is None or getattr(caller, "split_batches", False) or not isinstance(outer, torch_data.DataLoader):
        return None, None
    return outer, caller.batch_size * processes


def _is_source(node: Any) -> bool:
    return not hasattr(node, "ex_iterable") and not hasattr(node, "ex_iterables")


def _of_source(node: Any, leaf: int | None) -> int | None:
    # What `Dataset.to_iterable_dataset` makes holds the data sets that it reads.
    shards = node.kwargs.get("shards")
    if isinstance(shards, list) and shards and all(isinstance(each, Dataset) for each in shards):
        return sum(map(len, shards))
    return leaf


def _same(node: Any, leaf: int | None) -> int | None:
    return rows(node.ex_iterable, leaf)


def _mapped(node: Any, leaf: int | None) -> int | None:
    return None if node.batched else rows(node.ex_iterable, leaf)


def _rebatched(node: Any, leaf: int | None) -> int | None:
    return None if node.drop_last_batch else rows(node.ex_iterable, leaf)


def _change(change: Callable[[Any, int], int | None]) -> Callable[[Any, int | None], int | None]:
    def rule(node: Any, leaf: int | None) -> int | None:
        inner = rows(node.ex_iterable, leaf)
        return None if inner is None else change(node, inner)

    return rule


def _joined(node: Any, leaf: int | None) -> int | None:
    # One number for the source says nothing of several.
    parts = [rows(each) for each in node.ex_iterables]
    known = [each for each in parts if each is not None]
    return sum(known) if len(known) == len(parts) else None


def _interleaved(node: Any, leaf: int | None) -> int | None:
    return _joined(node, leaf) if node.stopping_strategy == "all_exhausted_without_replacement" else None


_RULES: Mapping[str, Callable[[Any, int | None], int | None]] = {
    "ExamplesIterable": _of_source,
    "ArrowExamplesIterable": _of_source,
    "RebatchedArrowExamplesIterable": _rebatched,
    "SelectColumnsIterable": _same,
    "FormattedExamplesIterable": _same,
    "BufferShuffledExamplesIterable": _same,
    "InterleavedShardsExamplesIterable": _same,
    "MappedExamplesIterable": _mapped,
    "StepExamplesIterable": _change(lambda node, inner: max(0, -((node.offset - inner) // node.step))),
    "SkipExamplesIterable": _change(lambda node, inner: max(0, inner - node.n)),
    "TakeExamplesIterable": _change(lambda node, inner: max(0, min(inner, node.n))),
    "RepeatExamplesIterable": _change(
        lambda node, inner: None if node.num_times is None else inner * max(0, node.num_times)
    ),
    "VerticallyConcatenatedMultiSourcesExamplesIterable": _joined,
    "CyclingMultiSourcesExamplesIterable": _interleaved,
    "RandomlyCyclingMultiSourcesExamplesIterable": _interleaved,
}
