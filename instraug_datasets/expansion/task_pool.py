"""A task's instructions while its pool grows: what it has, and how much is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..filters import normalize
from ..pool import Instruction
from ..tasks import Task
from .config import Config
from .meta_prompts import MetaPrompt
from .plan import Job, grid_size, plan

__all__ = ["Shelf"]

_ENOUGH_TO_JUDGE = 20
_LEAST_ACCEPTANCE = 0.1


@dataclass(slots=True)
class Shelf:
    """One task, its meta instructions, the variants kept so far, and where its plan stands.

    Attributes:
        accepted: The texts that it has, normalized.
        position: How far each iteration's sequence of jobs has been used.
        judged: How many candidates there have been.
    """

    task: Task
    metas: tuple[Instruction, ...]
    variants: list[Instruction] = field(default_factory=list)
    accepted: dict[str, None] = field(default_factory=dict)
    position: dict[int, int] = field(default_factory=dict)
    judged: int = 0

    @classmethod
    def of(cls, task: Task) -> Shelf:
        """The shelf of a task that has nothing but its meta instructions."""
        metas = tuple(Instruction(task=task.name, text=text) for text in task.instructions)
        return cls(task, metas, accepted=dict.fromkeys(normalize(text) for text in task.instructions))

    def add(self, variant: Instruction) -> None:
        """Keep a variant."""
        self.variants.append(variant)
        self.accepted[normalize(variant.text)] = None

    def missing(self, target: int | None) -> int:
        """How many instructions the task is short of its target."""
        return 0 if target is None else max(0, (target - 1) * len(self.metas) - len(self.variants))

    def next_jobs(self, number: int, *, meta_prompts: Sequence[MetaPrompt], config: Config) -> list[Job]:
        """What is to be asked in round `number`, from 1: the next piece of the plan, or nothing."""
        iteration = min(number, config.rounds)
        parents = self._parents(iteration)
        start = self.position.get(iteration, 0)
        count = self._count(number, len(parents) * grid_size(meta_prompts, config), config)
        self.position[iteration] = start + count
        origins = {meta.instruction_id: meta.text for meta in self.metas}
        return list(
            plan(
                self.task,
                parents,
                origins=[origins[parent.origin or parent.instruction_id] for parent in parents],
                meta_prompts=meta_prompts,
                config=config,
                iteration=iteration,
                start=start,
                stop=start + count,
            )
        )

    def _parents(self, iteration: int) -> Sequence[Instruction]:
        if iteration == 1:
            return self.metas
        return [variant for variant in self.variants if variant.iteration == iteration - 1]

    def _count(self, number: int, grid: int, config: Config) -> int:
        if config.target is None:
            return grid if number <= config.rounds else 0
        # What is missing is shared among the rounds that are certain to come, so that no depth is left out.
        share = self.missing(config.target) / max(1, config.rounds - number + 1)
        acceptance = len(self.variants) / self.judged if self.judged >= _ENOUGH_TO_JUDGE else 1
        return math.ceil(share * config.overgenerate / max(acceptance, _LEAST_ACCEPTANCE))
