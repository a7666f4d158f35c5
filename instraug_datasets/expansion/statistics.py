"""Statistics of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import Any

from ..engines import Completion

__all__ = ["Statistics", "describe_short"]


@dataclass(slots=True)
class Statistics:
    """Counters of a run, updated while it is in progress.

    Attributes:
        planned: Requests planned so far, excluding repairs.
        completed: Completions by the engine in this process.
        resumed: Completions read from the journal.
        failed: Completions with an error.
        prompt_tokens, completion_tokens: Tokens reported by the engine in this process.
        candidates: Candidates processed.
        repairs: Retries because of mask problems.
        kept_by_repair: Variants kept thanks to a retry.
        kept: Variants kept, by task.
        dropped: Candidates dropped, by (task, reason).
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
        """Add a completion by the engine."""
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
        """The acceptance rate: variants kept / candidates, 0 to 1."""
        return self.kept.total() / self.candidates if self.candidates else 0.0

    @property
    def acceptance_without_repair(self) -> float:
        """The acceptance rate without retries."""
        return (self.kept.total() - self.kept_by_repair) / self.candidates if self.candidates else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the counters that are the same whether or not the run was interrupted."""
        return {
            "candidates": self.candidates,
            "kept": self.kept.total(),
            "repairs": self.repairs,
            "kept_by_repair": self.kept_by_repair,
            "acceptance": round(self.acceptance, 4),
            "acceptance_without_repair": round(self.acceptance_without_repair, 4),
            "dropped": self.reasons,
        }


def describe_short(pool: Mapping[str, Sized], short: Mapping[str, int]) -> str:
    """The tasks below their target, with the number of instructions that they have, and of those asked for.

    Example:
        >>> describe_short({"vqa": ["{question}"]}, {"vqa": 29})
        'vqa has 1 of 30 instructions'
    """
    return ", ".join(f"{task} has {len(pool[task])} of {len(pool[task]) + n} instructions" for task, n in short.items())
