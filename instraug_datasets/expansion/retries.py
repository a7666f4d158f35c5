"""From jobs to attempts: asked, parsed, restored, and where a mask was lost or doubled, asked once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..engines import Completion, Request
from ..hashing import fold
from .completions import Asker
from .few_shot_examples import choose_shots
from .masking import Problem, restore
from .parsing import parse_reply
from .plan import Job
from .request_texts import repair_order

__all__ = ["Attempt", "attempt"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a job.

    Attributes:
        reply: What the engine said.
        parsed: The instruction in it, still masked.
        text: The instruction with its placeholders; None where there is none.
        problems: What is wrong with its masks.
        error: Why the engine failed.
        repaired: Whether this is the corrected attempt.
    """

    job: Job
    reply: str
    parsed: str
    text: str | None
    problems: tuple[Problem, ...] = ()
    error: str | None = None
    repaired: bool = False

    @property
    def reason(self) -> str:
        """Why there is no text, as the reason of a dropped candidate; empty where there is one."""
        if self.error is not None:
            return "engine_error"
        if not self.parsed:
            return "empty"
        return f"placeholder_{self.problems[0].kind}" if self.problems else ""


def attempt(jobs: Sequence[Job], asker: Asker, *, repairs: int, seed: int) -> list[Attempt]:
    """One attempt for each job, in order, after so many corrections."""
    completions = asker.ask([job.request for job in jobs])
    attempts = [_read(job, completion) for job, completion in zip(jobs, completions, strict=True)]
    for _ in range(repairs):
        broken = [number for number, each in enumerate(attempts) if each.problems and each.parsed]
        requests = [_repair(attempts[number], seed) for number in broken]
        for number, completion in zip(broken, asker.ask(requests), strict=True):
            again = _read(attempts[number].job, completion)
            if again.text is not None:
                attempts[number] = replace(again, repaired=True)
        asker.tally.repairs += len(broken)
    return attempts


def _read(job: Job, completion: Completion) -> Attempt:
    parsed = parse_reply(completion.text, source=job.masked.text)
    if completion.error is not None:
        return Attempt(job, completion.text, parsed, None, error=completion.error)
    restored = restore(parsed, job.masked)
    return Attempt(job, completion.text, parsed, restored.text, restored.problems)


def _repair(broken: Attempt, seed: int) -> Request:
    job = broken.job
    order = repair_order(job.meta_prompt.order, job.masked, reply=broken.parsed, problems=broken.problems)
    word = fold(seed, "repair", job.request.sample)
    return replace(
        job.request,
        system=order,
        examples=choose_shots(job.masked, count=len(job.request.examples), word=word),
    )
