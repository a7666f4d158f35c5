"""Builds the bundled pools from the declared tasks and the instructions written for them.

Training tasks get the instructions written for them; evaluation tasks keep only their meta instructions, so that
evaluation remains zero-shot. The pool `heldout` has instructions for all tasks that no training pool has, to measure
robustness. A candidate is kept if it passes the filters of every engine, and differs from all others of its task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..filters import Candidate, Context, apply_filters, most_different, nearest, sentences
from ..pool import Instruction, InstructionPool, meta_instructions
from ..tasks import BENCHMARKS, Task
from .written import read_written

__all__ = ["HELDOUT", "Rejected", "build_pools", "rejected", "write_pools"]

HELDOUT = "heldout"

VERSION = 2
"""The version of the pools that are built; files of earlier versions are kept as they are."""

_MAX_LIKENESS = 0.8
_MAX_HELDOUT_LIKENESS = 0.6
"""Jaccard index of words up to which a wording counts as another, and a held-out one as new."""

_FILTERS = ("readable", "placeholders", "unanswerable", "echo", "repetition", "punctuation")
"""Those of form; what a wording means was judged by those who wrote and read it."""


class Rejected(NamedTuple):
    """A written instruction that no pool takes, and why."""

    instruction: Instruction
    reason: str


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
    every_task = [task for tasks in benchmarks.values() for task in _built(tasks)]
    earlier = [InstructionPool.load(f"{name}@{version}") for name in pools for version in range(1, VERSION)]
    heldout = _heldout(every_task, [*pools.values(), *earlier])
    return {**pools, HELDOUT: InstructionPool.from_instructions(heldout)}


def rejected(benchmarks: Mapping[str, Mapping[str, Task]] = BENCHMARKS) -> Iterator[Rejected]:
    """Yield the written training instructions that the pools leave out.

    Example:
        >>> for instruction, reason in rejected():
        ...     print(reason, instruction.text)
    """
    for tasks in benchmarks.values():
        for task in _built(tasks):
            yield from _judged(task)[1]


def write_pools(folder: Path) -> None:
    """Write `<name>@<version>.parquet` for every pool into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, pool in build_pools().items():
        pool.save(folder / f"{name}@{VERSION}.parquet")


def _built(tasks: Mapping[str, Task]) -> list[Task]:
    return [task for task in tasks.values() if task.role != "excluded"]


def _expanded(task: Task) -> Iterator[Instruction]:
    yield from meta_instructions(task)
    if task.role == "train":
        yield from _judged(task)[0]


def _judged(task: Task) -> tuple[list[Instruction], list[Rejected]]:
    """The written instructions of a task that pass the filters and differ from each other, and the others."""
    written = read_written(task)
    metas = {instruction.instruction_id: instruction.text for instruction in meta_instructions(task)}
    reasons = [_reason(task, each, metas[each.origin or ""]) for each in written]
    passed = [each for each, reason in zip(written, reasons, strict=True) if not reason]
    chosen = set(most_different([each.text for each in passed], given=task.instructions, max_likeness=_MAX_LIKENESS))
    dropped = [Rejected(each, reason) for each, reason in zip(written, reasons, strict=True) if reason]
    dropped += [Rejected(each, "alike") for i, each in enumerate(passed) if i not in chosen]
    return [each for i, each in enumerate(passed) if i in chosen], dropped


def _reason(task: Task, each: Instruction, origin: str) -> str:
    return apply_filters(Candidate(each.text, task, origin, origin), Context(), _FILTERS).reason


def _heldout(tasks: Iterable[Task], pools: Iterable[InstructionPool]) -> Iterator[Instruction]:
    """Yield the held-out instructions that are new to all pools; benchmarks share those of tasks of the same name.

    They are instructions in their own right: whatever meta instructions the training pools have, these do not need.
    """
    trained: dict[str, list[str]] = {}
    for pool in pools:
        for name, instructions in pool.items():
            trained.setdefault(name, []).extend(each.text for each in instructions)
    by_name: dict[str, dict[str, Instruction]] = {}
    for task in tasks:
        by_name.setdefault(task.name, {}).update({each.text: each for each in read_written(task, HELDOUT)})
    for name, written in by_name.items():
        yield from _new(list(written.values()), trained[name])


def _new(written: Sequence[Instruction], trained: Sequence[str]) -> Iterator[Instruction]:
    texts = [each.text for each in written]
    known = {sentence for text in trained for sentence in sentences(text)}
    far = nearest(texts, trained) <= _MAX_HELDOUT_LIKENESS
    chosen = set(most_different(texts, max_likeness=_MAX_HELDOUT_LIKENESS))
    for i, each in enumerate(written):
        if i in chosen and far[i] and not known & set(sentences(each.text)):
            yield each
