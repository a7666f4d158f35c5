"""Estimates the requests and tokens of a run before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..tasks import Task
from .config import Config
from .meta_prompts import bootstrapped_meta_prompts, resolve_meta_prompt
from .task_pool import TaskPool

__all__ = ["CostEstimate", "estimate_cost"]

_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The estimated cost of the first round; later rounds depend on the acceptance rate.

    Attributes:
        missing_variants: Number of variants needed to reach the target.
        requests: Number of requests in the first round, excluding repairs.
        prompt_tokens, completion_tokens: Estimated tokens, at four characters per token.
    """

    tasks: int
    meta_instructions: int
    missing_variants: int
    requests: int
    prompt_tokens: int
    completion_tokens: int


def estimate_cost(tasks: Sequence[Task], config: Config) -> CostEstimate:
    """Estimate the first round of a run without sending a request."""
    task_pools = [
        TaskPool.for_task(task)
        for task in tasks
        if task.role == "train" or (config.include_eval and task.role == "eval")
    ]
    # Bootstrapped meta-prompts are not written yet; texts of similar length stand in for them.
    unwritten = bootstrapped_meta_prompts(
        f"An order of the usual length, which is number {number}." for number in range(config.bootstrap)
    )
    meta_prompts = [*map(resolve_meta_prompt, config.meta_prompts), *unwritten]
    requests = [
        job.request
        for task_pool in task_pools
        for job in task_pool.next_jobs(1, meta_prompts=meta_prompts, config=config)
    ]
    prompt_characters = sum(
        len(request.system) + len(request.text) + sum(len(before) + len(after) for before, after in request.examples)
        for request in requests
    )
    return CostEstimate(
        tasks=len(task_pools),
        meta_instructions=sum(len(task_pool.meta_instructions) for task_pool in task_pools),
        missing_variants=sum(task_pool.missing(config.target) for task_pool in task_pools),
        requests=len(requests),
        prompt_tokens=prompt_characters // _CHARACTERS_PER_TOKEN,
        completion_tokens=sum(len(request.text) for request in requests) // _CHARACTERS_PER_TOKEN,
    )
