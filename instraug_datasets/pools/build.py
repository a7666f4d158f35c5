"""Builds the bundled pools from the declared tasks and the instructions written for them.

Training tasks get the instructions written for them; evaluation tasks keep only their meta instructions, so that
evaluation remains zero-shot. The pool `heldout` has instructions for all tasks that no training pool has, to measure
robustness. A candidate is kept if it passes the filters of every engine, and differs from all others of its task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
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


class Judged(NamedTuple):
    """The written instructions of a task: those that a pool takes, and the others."""

    kept: list[Instruction]
    rejected: list[Rejected]


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
    heldout = (each for judged in _heldout(benchmarks, pools) for each in judged.kept)
    return {**pools, HELDOUT: InstructionPool.from_instructions(heldout)}


def rejected(
    pools: Mapping[str, InstructionPool], benchmarks: Mapping[str, Mapping[str, Task]] = BENCHMARKS
) -> Iterator[Rejected]:
    """Yield the written instructions that pools of `build_pools` leave out, the held-out ones last.

    Example:
        >>> for instruction, reason in rejected(build_pools()):
        ...     print(reason, instruction.text)
    """
    for tasks in benchmarks.values():
        for task in _built(tasks):
            yield from _judged(task).rejected
    for judged in _heldout(benchmarks, {name: pools[name] for name in benchmarks}):
        yield from judged.rejected


def write_pools(folder: Path) -> dict[str, InstructionPool]:
    """Write `<name>@<version>.parquet` for every pool into a folder, and return the pools by name."""
    folder.mkdir(parents=True, exist_ok=True)
    pools = build_pools()
    for name, pool in pools.items():
        pool.save(folder / f"{name}@{VERSION}.parquet")
    return pools


def _built(tasks: Mapping[str, Task]) -> list[Task]:
    return [task for task in tasks.values() if task.role != "excluded"]


def _expanded(task: Task) -> Iterator[Instruction]:
    yield from meta_instructions(task)
    if task.role == "train":
        yield from _judged(task).kept


def _judged(task: Task) -> Judged:
    """The written instructions of a task; those kept pass the filters and differ from each other."""
    written = read_written(task)
    metas = {instruction.instruction_id: instruction.text for instruction in meta_instructions(task)}
    reasons = [_reason(task, each, metas[each.origin or ""]) for each in written]
    passed = [each.text for each, reason in zip(written, reasons, strict=True) if not reason]
    chosen = most_different(passed, given=task.instructions, max_likeness=_MAX_LIKENESS)
    return _sorted_out(written, reasons, kept={passed[place] for place in chosen})


def _reason(task: Task, each: Instruction, origin: str) -> str:
    return apply_filters(Candidate(each.text, task, origin, origin), Context(), _FILTERS).reason


def _heldout(benchmarks: Mapping[str, Mapping[str, Task]], trained: Mapping[str, InstructionPool]) -> Iterator[Judged]:
    """Yield the held-out instructions of each task; benchmarks share those of tasks of the same name.

    Those kept are new to all training pools, those of earlier versions too. They are instructions in their own right:
    whatever meta instructions the training pools have, these do not need.
    """
    earlier = (InstructionPool.load(f"{name}@{version}") for name in trained for version in range(1, VERSION))
    known: dict[str, list[str]] = {}
    for pool in (*trained.values(), *earlier):
        for name, instructions in pool.items():
            known.setdefault(name, []).extend(each.text for each in instructions)
    written: dict[str, dict[str, Instruction]] = {}
    for tasks in benchmarks.values():
        for task in _built(tasks):
            written.setdefault(task.name, {}).update({each.text: each for each in read_written(task, HELDOUT)})
    for name, instructions_by_text in written.items():
        yield _judged_as_new(list(instructions_by_text.values()), known[name])


def _judged_as_new(written: Sequence[Instruction], known: Sequence[str]) -> Judged:
    texts = [each.text for each in written]
    said = {sentence for text in known for sentence in sentences(text)}
    far = nearest(texts, known) <= _MAX_HELDOUT_LIKENESS
    reasons = [
        "" if is_far and said.isdisjoint(sentences(text)) else "not_new"
        for text, is_far in zip(texts, far.tolist(), strict=True)
    ]
    new = [text for text, reason in zip(texts, reasons, strict=True) if not reason]
    chosen = most_different(new, max_likeness=_MAX_HELDOUT_LIKENESS)
    return _sorted_out(written, reasons, kept={new[place] for place in chosen})


def _sorted_out(written: Sequence[Instruction], reasons: Sequence[str], *, kept: Set[str]) -> Judged:
    """Sort instructions by whether they are kept; those without a reason that are not are like another one."""
    listed = list(zip(written, reasons, strict=True))
    return Judged(
        [each for each, _ in listed if each.text in kept],
        [Rejected(each, reason or "alike") for each, reason in listed if each.text not in kept],
    )
