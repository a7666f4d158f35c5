"""One self-contained page about a pool: what it holds, how varied it is, and what was dropped on the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DependencyError, PoolError
from ..hashing import fold
from ..pool import Instruction, InstructionPool
from .diversity import Vectors, distinct, self_bleu, similarity, spread, words

__all__ = ["PAPER", "TaskReport", "read_dropped", "render_report", "report_tasks"]

PAPER: Mapping[str, str] = {
    "expansion": "5 to 6 in one pass, 22 to 29 with eleven temperatures, 21 to 24 with a further round",
    "kept": "about 60 % in one pass, about 50 % with eleven temperatures, 33 to 41 % with a further round",
    "duplicates": "half of what the rules kept, with eleven temperatures; under 5 % with a further round",
    "length": "a template has 14 words on average, 1 to 59",
}
"""Figures of arXiv 2402.14492 to compare with, from the size log of its first released code."""

SAMPLES = 6
_BINS = 12

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class TaskReport:
    """The figures of one task.

    Attributes:
        distinct_1, distinct_2: Shares of different words, and pairs of words, 0 ... 1.
        self_bleu: Mean BLEU of an instruction against the others, 0 ... 100.
        spread: Mean cosine distance of two instructions, 0 ... 2; None without an encoder.
        similarity: Mean cosine of a variant to its meta instruction, -1 ... 1; None without an encoder.
        mean_words: Words of an instruction, placeholders counted as one.
        dropped: Candidates dropped, by reason.
        samples: Instructions to read, meta instructions first.
    """

    task: str
    meta_instructions: int
    instructions: int
    distinct_1: float
    distinct_2: float
    self_bleu: float
    spread: float | None
    similarity: float | None
    mean_words: float
    dropped: Mapping[str, int]
    samples: Sequence[Instruction]

    @property
    def expansion(self) -> float:
        """Instructions over meta instructions."""
        return self.instructions / self.meta_instructions if self.meta_instructions else 0.0

    @property
    def kept_share(self) -> float | None:
        """Variants kept over candidates; None where nothing is known of those dropped."""
        made = self.instructions - self.meta_instructions
        candidates = made + sum(self.dropped.values())
        return made / candidates if self.dropped and candidates else None


def report_tasks(
    pool: InstructionPool, *, dropped: Iterable[Mapping[str, Any]] = (), encode: Encode | None = None
) -> list[TaskReport]:
    """The figures of every task of a pool.

    Args:
        dropped: What an expansion wrote about dropped candidates: objects with `task` and `reason`.
        encode: Gives embeddings of length 1, shape `(texts, d)`; without one, spread and similarity are left out.
    """
    reasons: dict[str, Counter[str]] = {}
    for row in dropped:
        reasons.setdefault(str(row["task"]), Counter())[str(row["reason"])] += 1
    return [_report_task(task, each, reasons.get(task, Counter()), encode) for task, each in pool.items()]


def render_report(
    pool: InstructionPool, *, dropped: Iterable[Mapping[str, Any]] = (), encode: Encode | None = None, title: str = ""
) -> str:
    """The page as HTML; it loads nothing from anywhere, and every text in it is escaped.

    Args:
        title: What the page is about; the pool's digest when empty.

    Raises:
        DependencyError: jinja2 or sacrebleu is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise DependencyError(
            "A report needs jinja2, which is not installed: pip install 'instraug-datasets[report]'."
        ) from error
    tasks = report_tasks(pool, dropped=dropped, encode=encode)
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return page.from_string(Path(__file__).with_name("report.html.j2").read_text(encoding="utf-8")).render(
        title=title or f"Pool {pool.digest}",
        pool=pool,
        tasks=tasks,
        totals=_totals(tasks),
        reasons=sum((Counter(each.dropped) for each in tasks), Counter()).most_common(),
        lengths=_histogram([len(words(each.text)) for listed in pool.values() for each in listed]),
        instructions=[each for listed in pool.values() for each in listed],
        paper=PAPER,
    )


def read_dropped(path: str | Path) -> list[dict[str, Any]]:
    """What an expansion wrote about dropped candidates, one JSON object a line.

    Raises:
        PoolError: A line is not such an object.
    """
    rows = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            rows.append({"task": row["task"], "reason": row["reason"]})
        except (ValueError, KeyError, TypeError) as error:
            raise PoolError(
                f"{path}, line {number}: expected an object with task and reason, but got {line!r}."
            ) from error
    return rows


def _report_task(
    task: str, instructions: Sequence[Instruction], dropped: Mapping[str, int], encode: Encode | None
) -> TaskReport:
    texts = [each.text for each in instructions]
    spread_of, similar = _embedded(instructions, encode) if encode else (None, None)
    return TaskReport(
        task=task,
        meta_instructions=sum(each.origin is None for each in instructions),
        instructions=len(instructions),
        distinct_1=distinct(texts, 1),
        distinct_2=distinct(texts, 2),
        self_bleu=self_bleu(texts),
        spread=spread_of,
        similarity=similar,
        mean_words=float(np.mean([len(words(text)) for text in texts])),
        dropped=dict(dropped),
        samples=_samples(instructions),
    )


def _embedded(instructions: Sequence[Instruction], encode: Encode) -> tuple[float, float | None]:
    vectors = encode([each.text for each in instructions])
    places = {each.instruction_id: place for place, each in enumerate(instructions)}
    pairs = [
        (place, places[each.origin]) for place, each in enumerate(instructions) if each.origin and each.origin in places
    ]
    if not pairs:
        return spread(vectors), None
    variants, origins = (list(side) for side in zip(*pairs, strict=True))
    return spread(vectors), float(similarity(vectors[variants], vectors[origins]).mean())


def _samples(instructions: Sequence[Instruction]) -> list[Instruction]:
    metas = [each for each in instructions if each.origin is None][:1]
    variants = sorted(
        (each for each in instructions if each.origin is not None), key=lambda each: fold("sample", each.instruction_id)
    )
    return [*metas, *variants[: SAMPLES - len(metas)]]


def _totals(tasks: Sequence[TaskReport]) -> dict[str, Any]:
    metas, all_of = sum(each.meta_instructions for each in tasks), sum(each.instructions for each in tasks)
    dropped = Counter({reason: 0 for each in tasks for reason in each.dropped})
    for each in tasks:
        dropped.update(each.dropped)
    candidates = all_of - metas + dropped.total()
    return {
        "tasks": len(tasks),
        "metas": metas,
        "instructions": all_of,
        "expansion": all_of / metas if metas else 0.0,
        "kept": (all_of - metas) / candidates if dropped.total() else None,
        "duplicates": next((count / candidates for reason, count in dropped.items() if "duplicate" in reason), None),
    }


def _histogram(values: Sequence[int]) -> list[tuple[str, int]]:
    """Counts of values in bins of equal width, from the smallest to the largest."""
    first, width = min(values), (max(values) - min(values)) // _BINS + 1
    counts = Counter((value - first) // width for value in values)
    starts = [first + number * width for number in range(max(counts) + 1)]
    return [
        (f"{start} to {start + width - 1}" if width > 1 else str(start), counts[number])
        for number, start in enumerate(starts)
    ]
