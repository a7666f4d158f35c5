"""Measures the rendering of prompts alone: by this package, by the research code, and with larger pools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pyarrow as pa
from datasets import Dataset

from instraug_datasets import InstructionAugmenter, augment

from .alternatives import ResearchCode
from .examples import UNDECODED
from .fixtures import BATCH, POOL_SIZES, Fixtures
from .table import TableRow, per_second
from .timing import Timings, run_interleaved

__all__ = ["pool_size", "rendering"]


def rendering(fixtures: Fixtures) -> list[TableRow]:
    """Rows per second of every way to render prompts, on one core."""
    augmenter = InstructionAugmenter(fixtures.pool)
    research = ResearchCode(fixtures.pool)
    rows, few, fewest = fixtures.sizes.rows, fixtures.sizes.slow_rows, fixtures.sizes.slowest_rows
    batches, examples = fixtures.batches(rows), fixtures.examples(few)
    with _one_core():
        times = run_interleaved(
            {
                "arrow": partial(_render_batches, augmenter, batches),
                "example": partial(_render_examples, augmenter, examples),
                "research": partial(_render_research, research, examples[:fewest]),
            },
            rounds=fixtures.sizes.rounds,
        )
    sizes = {"arrow": rows, "example": few, "research": fewest}
    slowest = times.median("research") / fewest
    labels = {
        "arrow": f"`augmenter(table)`, Arrow batches of {BATCH}",
        "example": "`augmenter(example)`",
        "research": "research code: scan a DataFrame, evaluate an f-string",
    }
    return [
        TableRow(
            part="rendering",
            what=what,
            rows=sizes[name],
            figure=per_second(sizes[name], times.median(name)),
            ratio=f"{slowest / (times.median(name) / sizes[name]):,.0f}x the speed of the research code",
            key=f"rendering.{name}",
            number=sizes[name] / times.median(name),
        )
        for name, what in labels.items()
    ]


def pool_size(fixtures: Fixtures) -> list[TableRow]:
    """Rows per second with pools of every size."""
    augmenters = {size: InstructionAugmenter(pool) for size, pool in fixtures.pools.items()}
    few = fixtures.sizes.slow_rows
    batches, examples = fixtures.batches(few), fixtures.examples(few)
    with _one_core():
        by_batch = run_interleaved(
            {str(size): partial(_render_batches, augmenter, batches) for size, augmenter in augmenters.items()},
            rounds=2 * fixtures.sizes.rounds,
        )
        by_example = run_interleaved(
            {str(size): partial(_render_examples, augmenter, examples) for size, augmenter in augmenters.items()},
            rounds=fixtures.sizes.rounds,
        )
    indexed = {size: augment(Dataset(fixtures.table).cast(UNDECODED), pool) for size, pool in fixtures.pools.items()}
    by_index = run_interleaved(
        {str(size): partial(_index, dataset, few) for size, dataset in indexed.items()}, rounds=fixtures.sizes.rounds
    )
    return [
        *_pool_size_rows("arrow", f"Arrow batches of {BATCH}", by_batch, few),
        *_pool_size_rows("example", "`augmenter(example)`", by_example, few),
        *_pool_size_rows("index", "map-style, `dataset[i]`", by_index, few),
    ]


def _pool_size_rows(key: str, how: str, times: Timings, rows: int) -> list[TableRow]:
    smallest = str(POOL_SIZES[0])
    return [
        TableRow(
            part="pool size",
            what=f"{how}, {size} instructions per task",
            rows=rows,
            figure=per_second(rows, times.median(str(size))),
            ratio=f"{times.ratio(str(size), smallest):.2f}x the time of {smallest}",
            key=f"growth.{key}.{size}",
            number=times.ratio(str(size), smallest),
        )
        for size in POOL_SIZES
    ]


def _render_batches(augmenter: InstructionAugmenter, batches: Sequence[pa.Table]) -> None:
    for batch in batches:
        augmenter(batch)


def _render_examples(augmenter: InstructionAugmenter, examples: Sequence[dict[str, Any]]) -> None:
    for example in examples:
        augmenter(example)


def _index(dataset: Dataset, rows: int) -> None:
    for row in range(rows):
        dataset[row]


def _render_research(builder: ResearchCode, examples: Sequence[dict[str, Any]]) -> None:
    for number, example in enumerate(examples):
        builder.example(example, number=number)


@contextmanager
def _one_core() -> Iterator[None]:
    cores = pa.cpu_count()
    pa.set_cpu_count(1)
    try:
        yield
    finally:
        pa.set_cpu_count(cores)
