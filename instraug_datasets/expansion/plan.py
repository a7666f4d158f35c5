"""The plan: which instruction is rewritten by which order at which temperature, as requests with their lineage.

A task's plan is an endless sequence: every (order, temperature) with every parent, then all of them again as further
samples. A round takes the next piece of it. Where requests stand in the sequence depends on the seed, so that a short
piece is a fair mix of orders and temperatures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..engines import Request
from ..hashing import fold
from ..pool import Instruction
from ..tasks import Task
from .config import Config
from .few_shot_examples import choose_shots
from .masking import Masked, mask
from .meta_prompts import MetaPrompt
from .request_texts import rewrite_order

__all__ = ["Job", "grid_size", "plan"]


@dataclass(frozen=True, slots=True)
class Job:
    """One request, and where its reply will belong.

    Attributes:
        origin: The text of the meta instruction.
        parent: What is rewritten.
        iteration: How many rewritings lie between the reply and the meta instruction.
    """

    task: Task
    origin: str
    parent: Instruction
    meta_prompt: MetaPrompt
    masked: Masked
    iteration: int
    request: Request


@dataclass(frozen=True, slots=True)
class _Cell:
    """A way to ask: an order, a temperature, and which of the order's samples of one pass this is."""

    meta_prompt: MetaPrompt
    temperature: float
    occurrence: int
    occurrences: int


def grid_size(meta_prompts: Sequence[MetaPrompt], config: Config) -> int:
    """How many replies one pass gives for each parent."""
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
    """The jobs `start` to `stop` of a task's sequence.

    Args:
        parents: What is to be rewritten.
        origins: The text of each parent's meta instruction.
    """
    cells = _cells(meta_prompts, config)
    masks = [mask(parent.text, config.masks) for parent in parents]
    for position in range(start, stop) if parents else ():
        repetition, place = divmod(position, len(cells) * len(parents))
        cell, number = cells[place // len(parents)], place % len(parents)
        sample = cell.occurrence + repetition * cell.occurrences
        yield Job(
            task=task,
            origin=origins[number],
            parent=parents[number],
            meta_prompt=cell.meta_prompt,
            masked=masks[number],
            iteration=iteration,
            request=_request(cell, masks[number], config=config, sample=sample),
        )


def _cells(meta_prompts: Sequence[MetaPrompt], config: Config) -> list[_Cell]:
    cells = [
        _Cell(each, temperature, meta_prompts[:position].count(each), meta_prompts.count(each))
        for position, each in enumerate(meta_prompts)
        for temperature in config.temperatures
    ]
    return sorted(
        cells, key=lambda cell: fold(config.seed, cell.meta_prompt.name, str(cell.temperature), cell.occurrence)
    )


def _request(cell: _Cell, masked: Masked, *, config: Config, sample: int) -> Request:
    order = rewrite_order(cell.meta_prompt.order, masked)
    return Request(
        system=order,
        text=masked.text,
        # The same for all requests of one kind and sample, so that an engine can read them once.
        examples=choose_shots(masked, count=config.shots, word=fold(config.seed, sample)),
        temperature=cell.temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        sample=sample,
    )
