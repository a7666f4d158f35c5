"""The plan of a run: rewriting requests and their lineage.

A task's plan is an infinite sequence: every (meta-prompt, temperature) with every parent, then all of them again with
the next sample number. A round takes the next slice. The seed determines the order, so that a short slice is a balanced
mix of meta-prompts and temperatures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..engines import Request
from ..hashing import fold
from ..pool import Instruction
from ..tasks import Task
from .config import Config
from .few_shot_examples import select_few_shot_examples
from .masking import MaskedInstruction, mask
from .meta_prompts import MetaPrompt
from .request_texts import rewrite_system_prompt

__all__ = ["Job", "grid_size", "plan"]


@dataclass(frozen=True, slots=True)
class Job:
    """A rewriting request and its lineage.

    Attributes:
        origin: The text of the meta instruction.
        parent: The instruction to rewrite.
        iteration: Number of rewriting steps from the meta instruction, from 1.
    """

    task: Task
    origin: str
    parent: Instruction
    meta_prompt: MetaPrompt
    masked: MaskedInstruction
    iteration: int
    request: Request


@dataclass(frozen=True, slots=True)
class _GridPoint:
    """A meta-prompt, a temperature, and the occurrence of this meta-prompt in the configured list."""

    meta_prompt: MetaPrompt
    temperature: float
    occurrence: int
    occurrences: int


def grid_size(meta_prompts: Sequence[MetaPrompt], config: Config) -> int:
    """Return the number of requests per parent in one pass."""
    return len(meta_prompts) * len(config.temperatures)


def plan(
    task: Task,
    parents: Sequence[Instruction],
    *,
    origins: Sequence[str],
    meta_prompts: Sequence[MetaPrompt],
    config: Config,
    iteration: int,
    start: int,
    stop: int,
) -> Iterator[Job]:
    """Yield jobs `start` to `stop - 1` of a task's sequence.

    Args:
        parents: The instructions to rewrite.
        origins: The text of each parent's meta instruction.
        iteration: Recorded in every job.
    """
    grid = _grid(meta_prompts, config)
    masks = [mask(parent.text, config.masks) for parent in parents]
    for position in range(start, stop) if parents else ():
        repetition, place = divmod(position, len(grid) * len(parents))
        point, number = grid[place // len(parents)], place % len(parents)
        sample = point.occurrence + repetition * point.occurrences
        yield Job(
            task=task,
            origin=origins[number],
            parent=parents[number],
            meta_prompt=point.meta_prompt,
            masked=masks[number],
            iteration=iteration,
            request=_request(point, masks[number], config=config, sample=sample),
        )


def _grid(meta_prompts: Sequence[MetaPrompt], config: Config) -> list[_GridPoint]:
    grid = [
        _GridPoint(each, temperature, meta_prompts[:position].count(each), meta_prompts.count(each))
        for position, each in enumerate(meta_prompts)
        for temperature in config.temperatures
    ]
    return sorted(
        grid, key=lambda point: fold(config.seed, point.meta_prompt.name, str(point.temperature), point.occurrence)
    )


def _request(point: _GridPoint, masked: MaskedInstruction, *, config: Config, sample: int) -> Request:
    return Request(
        system=rewrite_system_prompt(point.meta_prompt.text, masked),
        text=masked.text,
        # Equal for all requests with equal masks and sample, so that an engine can cache the common prefix.
        examples=select_few_shot_examples(masked, count=config.num_few_shot_examples, word=fold(config.seed, sample)),
        temperature=point.temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        sample=sample,
    )
