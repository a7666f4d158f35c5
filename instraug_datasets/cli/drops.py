"""What an expansion dropped: candidates, to list them, and apart from these the replies without any text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..expansion import Dropped, Expansion

__all__ = ["Drops"]


@dataclass(slots=True)
class Drops:
    """What a run dropped; an empty reply is no candidate.

    Attributes:
        are_listed: Whether `candidates` are kept, beside being counted.
        candidates: The dropped candidates.
        empty_replies: Number of empty replies, by (task, reason) as in `Statistics.dropped`.
        answered: The meta instructions of dropped candidates, by task and text.
        unanswered: Those of empty replies.
    """

    are_listed: bool = False
    candidates: list[Dropped] = field(default_factory=list)
    empty_replies: Counter[tuple[str, str]] = field(default_factory=Counter)
    answered: set[tuple[str, str]] = field(default_factory=set)
    unanswered: dict[tuple[str, str], None] = field(default_factory=dict)

    def add(self, dropped: Dropped) -> None:
        """Add a dropped candidate, or an empty reply."""
        result, job = dropped.result, dropped.result.job
        meta = (job.task.name, job.origin)
        if not result.reply.strip() and not result.error:
            self.empty_replies[job.task.name, dropped.reason] += 1
            self.unanswered[meta] = None
            return
        self.answered.add(meta)
        if self.are_listed:
            self.candidates.append(dropped)

    def without_reply(self, expansion: Expansion) -> list[str]:
        """The texts of the meta instructions to which every reply was empty."""
        pool = expansion.pool
        varied = {each.origin for instructions in pool.values() for each in instructions}
        kept = {
            (task, each.text)
            for task, instructions in pool.items()
            for each in instructions
            if each.instruction_id in varied
        }
        return [text for task, text in self.unanswered if (task, text) not in self.answered | kept]

    def reasons(self, expansion: Expansion) -> Counter[tuple[str, str]]:
        """The number of dropped candidates by (task, reason), without empty replies."""
        return expansion.statistics.dropped - self.empty_replies
