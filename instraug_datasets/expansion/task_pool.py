"""The growing pool of one task during a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..filters import content_words, normalize
from ..pool import Instruction, meta_instructions
from ..tasks import Task
from .config import Config
from .meta_prompts import MetaPrompt
from .plan import Job, grid_size, plan

__all__ = ["TaskPool"]

_MIN_CANDIDATES = 20
_MIN_ACCEPTANCE = 0.1
# An engine that brings nothing new in so many replies has no more to give: the grammar's variants are finite.
_FRUITLESS = 100


@dataclass(slots=True)
class TaskPool:
    """A task, its meta instructions, the variants kept so far, and the position in its plan.

    Attributes:
        accepted: All its instructions: by normalized text, the words that make the wording.
        position: Number of jobs taken from the plan, by iteration.
        num_candidates: Number of candidates so far.
        last_round: Numbers of candidates and variants when the last round began.
    """

    task: Task
    meta_instructions: tuple[Instruction, ...]
    variants: list[Instruction] = field(default_factory=list)
    accepted: dict[str, frozenset[str]] = field(default_factory=dict)
    position: dict[int, int] = field(default_factory=dict)
    num_candidates: int = 0
    last_round: tuple[int, int] = (0, 0)

    @classmethod
    def for_task(cls, task: Task) -> TaskPool:
        """Create a pool with the meta instructions of a task."""
        accepted = {normalize(text): content_words(text) for text in task.instructions}
        return cls(task, tuple(meta_instructions(task)), accepted=accepted)

    def add(self, variant: Instruction) -> None:
        """Add a variant."""
        self.variants.append(variant)
        self.accepted[normalize(variant.text)] = content_words(variant.text)

    def missing(self, target: int | None) -> int:
        """Return the number of instructions missing to reach the target."""
        return 0 if target is None else max(0, (target - 1) * len(self.meta_instructions) - len(self.variants))

    def next_jobs(self, number: int, *, meta_prompts: Sequence[MetaPrompt], config: Config) -> list[Job]:
        """Return the jobs of round `number`, counted from 1: the next slice of the plan, possibly empty."""
        if number > config.rounds and self._is_exhausted():
            return []
        self.last_round = (self.num_candidates, len(self.variants))
        iteration = min(number, config.rounds)
        parents = self._parents(iteration)
        start = self.position.get(iteration, 0)
        count = self._count(number, len(parents) * grid_size(meta_prompts, config), config)
        self.position[iteration] = start + count
        origins = {meta.instruction_id: meta.text for meta in self.meta_instructions}
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

    def _is_exhausted(self) -> bool:
        candidates, variants = self.last_round
        return len(self.variants) == variants and self.num_candidates - candidates >= _FRUITLESS

    def _parents(self, iteration: int) -> Sequence[Instruction]:
        if iteration == 1:
            return self.meta_instructions
        return [variant for variant in self.variants if variant.iteration == iteration - 1]

    def _count(self, number: int, grid: int, config: Config) -> int:
        if config.target is None:
            return grid if number <= config.rounds else 0
        # Missing instructions are divided among the remaining rewriting depths, so that each of them gets a share.
        share = self.missing(config.target) / max(1, config.rounds - number + 1)
        acceptance = len(self.variants) / self.num_candidates if self.num_candidates >= _MIN_CANDIDATES else 1
        return math.ceil(share * config.overgenerate / max(acceptance, _MIN_ACCEPTANCE))
