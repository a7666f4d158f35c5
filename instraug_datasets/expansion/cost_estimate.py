"""What a run is going to ask, as far as that is known before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..tasks import Task
from .config import Config
from .meta_prompts import bootstrapped, resolve
from .task_pool import Shelf

__all__ = ["Forecast", "forecast"]

_CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Forecast:
    """The first round of a run; later ones depend on what is kept.

    Attributes:
        wanted: How many variants are missing.
        requests: How many requests the first round makes, repairs left out.
        prompt_tokens, completion_tokens: What they come to, at four characters a token.
    """

    tasks: int
    meta_instructions: int
    wanted: int
    requests: int
    prompt_tokens: int
    completion_tokens: int


def forecast(tasks: Sequence[Task], config: Config) -> Forecast:
    """Plan the first round without asking anything."""
    shelves = [
        Shelf.of(task) for task in tasks if task.role == "train" or (config.include_eval and task.role == "eval")
    ]
    # Orders that the engine has yet to write are stood in for by others of like length.
    unwritten = bootstrapped(
        f"An order of the usual length, which is number {number}." for number in range(config.bootstrap)
    )
    meta_prompts = [*map(resolve, config.meta_prompts), *unwritten]
    requests = [
        job.request for shelf in shelves for job in shelf.next_jobs(1, meta_prompts=meta_prompts, config=config)
    ]
    asked = sum(
        len(request.system) + len(request.text) + sum(len(a) + len(b) for a, b in request.examples)
        for request in requests
    )
    return Forecast(
        tasks=len(shelves),
        meta_instructions=sum(len(shelf.metas) for shelf in shelves),
        wanted=sum(shelf.missing(config.target) for shelf in shelves),
        requests=len(requests),
        prompt_tokens=asked // _CHARACTERS_A_TOKEN,
        completion_tokens=sum(len(request.text) for request in requests) // _CHARACTERS_A_TOKEN,
    )
