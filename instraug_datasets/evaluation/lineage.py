"""Where a wording comes from, in words: the instructions from its meta instruction down to it, and what made each."""

from __future__ import annotations

from collections.abc import Mapping

from ..instructions import Instruction
from ..pool import InstructionPool

__all__ = ["by_id", "lineage", "made_by"]

_MAX_STEPS = 20
"""The steps of a lineage that are listed: a pool that rewrote its own rewritings has thousands for each instruction."""


def by_id(pool: InstructionPool) -> dict[str, Instruction]:
    """The instructions of a pool by their ids.

    Example:
        >>> by_id(InstructionPool.from_dict({"vqa": ["{question}"]}))
    """
    return {each.instruction_id: each for instructions in pool.values() for each in instructions}


def lineage(instruction: Instruction, known: Mapping[str, Instruction]) -> list[Instruction]:
    """The instructions from the meta instruction to this one; ancestors that are not in the pool are left out.

    Of more than 20 rewritings, the last ones are listed, after the meta instruction if `origin` names it.

    Args:
        known: The pool's instructions, see `by_id`.

    Example:
        >>> [each.text for each in lineage(variant, by_id(pool))]
    """
    line = {instruction.instruction_id: instruction}
    step = instruction
    while (above := known.get(step.parent or "") or known.get(step.origin or "")) is not None:
        if above.instruction_id in line:
            break
        if len(line) == _MAX_STEPS:
            first = known.get(step.origin or "", above)
            line.setdefault(first.instruction_id, first)
            break
        line[above.instruction_id] = step = above
    return list(reversed(line.values()))


def made_by(instruction: Instruction) -> str:
    """What made an instruction: engine, model, meta-prompt, temperature, round and score, as far as they are known.

    Example:
        >>> made_by(Instruction(task="vqa", text="{question}"))
        'meta instruction'
    """
    one = instruction
    if one.origin is None:
        return "meta instruction"
    facts = (
        one.engine or "engine unknown",
        one.model,
        one.meta_prompt and f"meta-prompt {one.meta_prompt}",
        None if one.temperature is None else f"temperature {one.temperature:g}",
        None if one.iteration is None else f"round {one.iteration}",
        None if one.score is None else f"similarity {one.score:.2f}",
    )
    return " · ".join(filter(None, facts))
