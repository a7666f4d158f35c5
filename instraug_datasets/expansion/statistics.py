"""What a run counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..engines import Completion

__all__ = ["Tally"]


@dataclass(slots=True)
class Tally:
    """Counts of a run, growing while it goes on.

    Attributes:
        planned: Requests that are known to be needed so far, repairs left out.
        completed: Completions that the engine gave in this process.
        resumed: Completions that were in the journal.
        failed: Completions that say they failed.
        prompt_tokens, completion_tokens: What the engine counted in this process.
        candidates: Replies that were judged.
        repairs: How often a mistake with masks was named to the engine.
        kept_by_repair: How many variants were kept only because of that.
        kept: Variants by task.
        dropped: Dropped candidates by (task, reason).
    """

    planned: int = 0
    completed: int = 0
    resumed: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    candidates: int = 0
    repairs: int = 0
    kept_by_repair: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, completion: Completion) -> None:
        """Count a completion of the engine."""
        self.completed += 1
        self.failed += completion.error is not None
        self.prompt_tokens += completion.prompt_tokens
        self.completion_tokens += completion.completion_tokens

    @property
    def reasons(self) -> dict[str, int]:
        """Dropped candidates by reason, most frequent first."""
        totals: Counter[str] = Counter()
        for (_, reason), number in self.dropped.items():
            totals[reason] += number
        return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))

    @property
    def acceptance(self) -> float:
        """The share of candidates that were kept."""
        return self.kept.total() / self.candidates if self.candidates else 0.0

    @property
    def acceptance_without_repair(self) -> float:
        """The share that would have been kept had no mistake been corrected."""
        return (self.kept.total() - self.kept_by_repair) / self.candidates if self.candidates else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The counts of the result; what differs between a run and its resumption is left out."""
        return {
            "candidates": self.candidates,
            "kept": self.kept.total(),
            "repairs": self.repairs,
            "kept_by_repair": self.kept_by_repair,
            "acceptance": round(self.acceptance, 4),
            "acceptance_without_repair": round(self.acceptance_without_repair, 4),
            "dropped": self.reasons,
        }
