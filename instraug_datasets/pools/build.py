"""Generates the bundled pools from the declared tasks.

Training tasks get variants; evaluation tasks keep only their meta instructions, so that evaluation remains zero-shot.
The pool `heldout` has variants of all tasks by rules that the other pools never use, to measure robustness.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from ..engines.grammar import normalized, variants
from ..pool import Instruction, InstructionPool, instruction_id
from ..tasks import BENCHMARKS, Task

__all__ = ["build_pools", "write_pools"]

_VARIANTS = 40
"""Maximum number of variants per meta instruction; some short ones have fewer."""

_HELDOUT = 2


def build_pools(benchmarks: Mapping[str, Mapping[str, Task]] = BENCHMARKS) -> dict[str, InstructionPool]:
    """Return the pools by name: one for each benchmark, and `heldout` for all of them.

    Example:
        >>> build_pools()["multiinstruct"].digest == InstructionPool.load("multiinstruct").digest
        True
    """
    pools = {
        name: InstructionPool.from_instructions(each for task in _built(tasks) for each in _expanded(task))
        for name, tasks in benchmarks.items()
    }
    taken = {normalized(text) for pool in pools.values() for text in pool.to_table().column("text").to_pylist()}
    every_task = [task for tasks in benchmarks.values() for task in _built(tasks)]
    return {**pools, "heldout": InstructionPool.from_instructions(_heldout(every_task, taken))}


def write_pools(folder: Path) -> None:
    """Write `<name>.parquet` for every pool into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, pool in build_pools().items():
        pool.save(folder / f"{name}.parquet")


def _built(tasks: Mapping[str, Task]) -> list[Task]:
    return [task for task in tasks.values() if task.role != "excluded"]


def _expanded(task: Task) -> Iterator[Instruction]:
    yield from (Instruction(task=task.name, text=text) for text in task.instructions)
    if task.role == "train":
        seen = {normalized(text) for text in task.instructions}
        for origin in task.instructions:
            yield from _rewritten(task, origin, seen, rules="train", count=_VARIANTS)


def _heldout(tasks: Iterable[Task], taken: set[str]) -> Iterator[Instruction]:
    """Yield held-out variants of every task; tasks of the same name in several benchmarks share them."""
    seen: defaultdict[str, set[str]] = defaultdict(lambda: set(taken))
    for task in tasks:
        for origin in task.instructions:
            yield from _rewritten(task, origin, seen[task.name], rules="heldout", count=_HELDOUT)


def _rewritten(task: Task, origin: str, seen: set[str], *, rules: str, count: int) -> Iterator[Instruction]:
    """Yield variants of a meta instruction whose normalized forms are not in `seen`, and add them to it."""
    parent = instruction_id(task.name, origin)
    fresh = (text for text in variants(origin, rules=rules, limit=2 * count) if normalized(text) not in seen)
    for text in islice(fresh, count):
        seen.add(normalized(text))
        yield Instruction(task=task.name, text=text, origin=parent, parent=parent, engine="grammar", iteration=1)
