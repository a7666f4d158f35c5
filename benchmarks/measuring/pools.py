"""Pools of any size, made by adding an opening and a closing sentence to meta instructions."""

from __future__ import annotations

from instraug_datasets.pool import Instruction, InstructionPool, instruction_id
from instraug_datasets.tasks import Task

from .examples import TASKS

_OPENINGS = (
    "Look at the picture.",
    "Here is a photo.",
    "Study the image first.",
    "Please help with this.",
    "Take your time.",
    "You will see an image.",
    "This is about one image.",
    "Consider what you see.",
    "A new picture, a new task.",
    "Read this with care.",
)
_CLOSINGS = (
    "Be brief.",
    "Thank you.",
    "Use the image only.",
    "Do not guess.",
    "Answer plainly.",
    "Say only that.",
    "Keep it short.",
    "No explanation, please.",
    "Check your answer.",
    "One answer will do.",
)


def pool_of(size: int) -> InstructionPool:
    """A pool with `size` instructions per task, at most 500.

    All instructions are reworded, including the first of each family, so that they are equally long in pools of every
    size, and only the size matters.
    """
    return InstructionPool.from_instructions(each for task in TASKS for each in _instructions(task, size))


def _instructions(task: Task, size: int) -> list[Instruction]:
    metas = len(task.instructions)
    texts = [_reworded(task.instructions[i % metas], i // metas, i % metas) for i in range(size)]
    return [
        Instruction(
            task=task.name, text=text, origin=None if i < metas else instruction_id(task.name, texts[i % metas])
        )
        for i, text in enumerate(texts)
    ]


def _reworded(text: str, number: int, shift: int) -> str:
    opening = _OPENINGS[(number + 2 * shift) % len(_OPENINGS)]
    closing = _CLOSINGS[(number // len(_OPENINGS) + 2 * shift) % len(_CLOSINGS)]
    return f"{opening} {text}\n{closing}"
