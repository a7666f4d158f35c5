"""Which wordings of a task are evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import SettingError
from ..hashing import fold
from ..instructions import Instruction
from ..pool import InstructionPool

__all__ = ["Wordings", "select_wordings"]

Wordings = int | str | InstructionPool | Sequence[str | Instruction]
"""A number of instructions of the pool; a pool, by name or itself; or instructions, as texts or records."""


def select_wordings(
    tasks: Iterable[str], pool: InstructionPool, wordings: Wordings, *, seed: int = 0
) -> Mapping[str, list[Instruction]]:
    """The wordings of every task.

    Args:
        wordings: A number takes the first meta instructions of each task, then variants in an order by `seed`; the name
            of a pool (`heldout`), or a pool, takes all of its instructions; of a list, texts are for every task, and
            records for their own.

    Raises:
        SettingError: Raised if the number is below 1, or a task has no wordings.
        UnknownNameError: Raised if a pool has no instructions for a task.
        PoolError: Raised if a text is malformed.

    Example:
        >>> select_wordings(["ITM"], InstructionPool.load("multiinstruct"), "heldout")["ITM"][0].text
    """
    if isinstance(wordings, bool) or (isinstance(wordings, int) and wordings < 1):
        raise SettingError(f"wordings must be a number from 1, a pool or a list of instructions, but got {wordings!r}.")
    if isinstance(wordings, int):
        return {task: _first(pool[task], wordings, seed) for task in tasks}
    if isinstance(wordings, str):
        wordings = InstructionPool.load(wordings)
    if isinstance(wordings, InstructionPool):
        return {task: list(wordings[task]) for task in tasks}
    return {task: _own(task, wordings) for task in tasks}


def _first(instructions: Sequence[Instruction], count: int, seed: int) -> list[Instruction]:
    metas = [each for each in instructions if each.origin is None]
    variants = sorted(
        (each for each in instructions if each.origin is not None),
        key=lambda each: fold("wordings", seed, each.instruction_id),
    )
    return [*metas, *variants][:count]


def _own(task: str, wordings: Sequence[str | Instruction]) -> list[Instruction]:
    texts = [
        Instruction(task=task, text=each) if isinstance(each, str) else each
        for each in wordings
        if isinstance(each, str) or each.task == task
    ]
    if not texts:
        raise SettingError(f"No wordings are given for the task {task!r}.")
    return list({each.instruction_id: each for each in texts}.values())
