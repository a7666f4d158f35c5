"""Runs rewriting jobs: requests and parses replies, restores placeholders, and retries replies with mask problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..engines import Completion, Request
from ..hashing import fold
from .completions import CompletionClient
from .few_shot_examples import select_few_shot_examples
from .masking import MaskProblem, restore
from .parsing import parse_reply
from .plan import Job
from .request_texts import repair_system_prompt

__all__ = ["RewriteResult", "rewrite_with_retries"]


@dataclass(frozen=True, slots=True)
class RewriteResult:
    """The result of a job.

    Attributes:
        reply: The engine's completion.
        parsed: The instruction in the reply, still masked.
        text: The instruction with placeholders; None if it could not be restored.
        problems: The problems with its masks.
        error: The engine's error; None on success.
        repaired: Whether the text comes from a retry.
    """

    job: Job
    reply: str
    parsed: str
    text: str | None
    problems: tuple[MaskProblem, ...] = ()
    error: str | None = None
    repaired: bool = False

    @property
    def reason(self) -> str:
        """The reason for which the candidate is dropped; empty if there is a text."""
        if self.error is not None:
            return "engine_error"
        if not self.parsed:
            return "empty"
        return f"placeholder_{self.problems[0].kind}" if self.problems else ""


def rewrite_with_retries(
    jobs: Sequence[Job], client: CompletionClient, *, repairs: int, seed: int
) -> list[RewriteResult]:
    """Run jobs and return one result per job, in order.

    Args:
        repairs: Number of retries for a reply with mask problems.
        seed: Determines the few-shot examples of the retries.
    """
    completions = client.complete([job.request for job in jobs])
    results = [_read(job, completion) for job, completion in zip(jobs, completions, strict=True)]
    for _ in range(repairs):
        broken = [number for number, each in enumerate(results) if each.problems and each.parsed]
        requests = [_repair(results[number], seed) for number in broken]
        for number, completion in zip(broken, client.complete(requests), strict=True):
            again = _read(results[number].job, completion)
            if again.text is not None:
                results[number] = replace(again, repaired=True)
        client.statistics.repairs += len(broken)
    return results


def _read(job: Job, completion: Completion) -> RewriteResult:
    parsed = parse_reply(completion.text, source=job.masked.text)
    if completion.error is not None:
        return RewriteResult(job, completion.text, parsed, None, error=completion.error)
    restored = restore(parsed, job.masked)
    return RewriteResult(job, completion.text, parsed, restored.text, restored.problems)


def _repair(broken: RewriteResult, seed: int) -> Request:
    job = broken.job
    order = repair_system_prompt(job.meta_prompt.text, job.masked, reply=broken.parsed, problems=broken.problems)
    word = fold(seed, "repair", job.request.sample)
    return replace(
        job.request,
        system=order,
        examples=select_few_shot_examples(job.masked, count=len(job.request.examples), word=word),
    )
