"""How fast prompts are made, nothing else around: our ways, the research code's, and what a larger pool costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pyarrow as pa
from datasets import Dataset

from instraug_datasets import InstructionAugmenter, augment

from .alternatives import ResearchBuilder
from .examples import UNDECODED
from .fixtures import BATCH, POOL_SIZES, World
from .table import Line, per_second
from .timing import Times, take_turns

__all__ = ["growth", "rendering"]


def rendering(world: World) -> list[Line]:
    """Rows a second of every way to make prompts, on one core."""
    augmenter = InstructionAugmenter(world.pool)
    research = ResearchBuilder(world.pool)
    rows, few, fewest = world.sizes.rows, world.sizes.slow_rows, world.sizes.slowest_rows
    batches, examples = world.batches(rows), world.examples(few)
    with _one_core():
        times = take_turns(
            {
                "arrow": partial(_render_batches, augmenter, batches),
                "example": partial(_render_examples, augmenter, examples),
                "research": partial(_research, research, examples[:fewest]),
            },
            rounds=world.sizes.rounds,
        )
    sizes = {"arrow": rows, "example": few, "research": fewest}
    slowest = times.median("research") / fewest
    whats = {
        "arrow": f"`augmenter(table)`, Arrow batches of {BATCH}",
        "example": "`augmenter(example)`",
        "research": "research code's way: scan a DataFrame, evaluate an f-string",
    }
    return [
        Line(
            part="rendering",
            what=what,
            rows=sizes[name],
            figure=per_second(sizes[name], times.median(name)),
            ratio=f"{slowest / (times.median(name) / sizes[name]):,.0f}x the research code's way",
            key=f"rendering.{name}",
            number=sizes[name] / times.median(name),
        )
        for name, what in whats.items()
    ]


def growth(world: World) -> list[Line]:
    """The same with pools of every size."""
    augmenters = {size: InstructionAugmenter(pool) for size, pool in world.pools.items()}
    few = world.sizes.slow_rows
    batches, examples = world.batches(few), world.examples(few)
    with _one_core():
        by_batch = take_turns(
            {str(size): partial(_render_batches, augmenter, batches) for size, augmenter in augmenters.items()},
            rounds=2 * world.sizes.rounds,
        )
        by_example = take_turns(
            {str(size): partial(_render_examples, augmenter, examples) for size, augmenter in augmenters.items()},
            rounds=world.sizes.rounds,
        )
    indexed = {size: augment(Dataset(world.table).cast(UNDECODED), pool) for size, pool in world.pools.items()}
    by_index = take_turns(
        {str(size): partial(_index, dataset, few) for size, dataset in indexed.items()}, rounds=world.sizes.rounds
    )
    return [
        *_growth_lines("arrow", f"Arrow batches of {BATCH}", by_batch, few),
        *_growth_lines("example", "`augmenter(example)`", by_example, few),
        *_growth_lines("index", "map-style, `dataset[i]`", by_index, few),
    ]


def _growth_lines(key: str, how: str, times: Times, rows: int) -> list[Line]:
    smallest = str(POOL_SIZES[0])
    return [
        Line(
            part="pool size",
            what=f"{how}, {size} instructions a task",
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


def _research(builder: ResearchBuilder, examples: Sequence[dict[str, Any]]) -> None:
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
