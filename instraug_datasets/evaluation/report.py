"""A self-contained HTML report about a pool: size, diversity, and dropped candidates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..axes import style_counts
from ..errors import DependencyError, PoolError
from ..pool import Instruction, InstructionPool
from .diversity import Embeddings, cosine_similarity, distinct_n, mean_cosine_distance, self_bleu, words
from .lineage import by_id, lineage, made_by
from .pages import check_pages, render_page
from .report_samples import Family, drops_by_reason, families
from .wordings import Difference, difference

__all__ = ["PAPER_FIGURES", "TaskReport", "read_dropped", "render_report", "report_tasks"]

PAPER_FIGURES: Mapping[str, str] = {
    "expansion": "5 to 6 in one pass, 22 to 29 with eleven temperatures, 21 to 24 with a further round",
    "kept": "about 60 % in one pass, about 50 % with eleven temperatures, 33 to 41 % with a further round",
    "duplicates": "half of what the rules kept, with eleven temperatures; under 5 % with a further round",
    "length": "a template has 14 words on average, 1 to 59",
}
"""Reference figures of arXiv 2402.14492, from the size log of its first code release."""

_BINS = 12
_EXPANSION_BINS = 6

Encode = Callable[[Sequence[str]], Embeddings]


@dataclass(frozen=True, slots=True)
class TaskReport:
    """The metrics of one task.

    Attributes:
        distinct_1, distinct_2: Distinct unigrams and bigrams / all of them, 0 to 1.
        self_bleu: Mean BLEU of an instruction against the others, 0 to 100; None without sacrebleu.
        mean_cosine_distance: Mean pairwise cosine distance, 0 to 2; None without an encoder.
        similarity: Mean cosine similarity of variants to their meta instruction, -1 to 1; None without an encoder.
        mean_words: Mean number of words, a placeholder counted as one.
        difference: How much the wordings differ.
        dropped: Number of dropped candidates by reason.
        families: The meta instructions with samples of their variants.
    """

    task: str
    meta_instructions: int
    instructions: int
    distinct_1: float
    distinct_2: float
    self_bleu: float | None
    mean_cosine_distance: float | None
    similarity: float | None
    mean_words: float
    difference: Difference
    dropped: Mapping[str, int]
    families: Sequence[Family]

    @property
    def expansion(self) -> float:
        """The expansion factor: instructions / meta instructions."""
        return self.instructions / self.meta_instructions if self.meta_instructions else 0.0

    @property
    def kept_share(self) -> float | None:
        """The acceptance rate: variants kept / candidates; None without data about dropped candidates."""
        made = self.instructions - self.meta_instructions
        candidates = made + sum(self.dropped.values())
        return made / candidates if self.dropped and candidates else None


def report_tasks(
    pool: InstructionPool,
    *,
    dropped: Iterable[Mapping[str, Any]] = (),
    encode: Encode | None = None,
    on_task: Callable[[str, int, int], None] | None = None,
) -> list[TaskReport]:
    """Compute the metrics of every task of a pool.

    Args:
        dropped: Dropped candidates as rows with `task` and `reason`, see `read_dropped`.
        encode: Computes unit-length embeddings of shape `(texts, d)`; None omits the embedding-based metrics.
        on_task: Called before each task with its name, the number of tasks done, and of all.

    Example:
        >>> [task.expansion for task in report_tasks(InstructionPool.load("multiinstruct"))]
    """
    reasons: dict[str, Counter[str]] = {}
    for row in dropped:
        reasons.setdefault(str(row["task"]), Counter())[str(row["reason"])] += 1
    reports = []
    for done, (task, instructions) in enumerate(pool.items()):
        if on_task is not None:
            on_task(task, done, len(pool))
        reports.append(_report_task(task, instructions, reasons.get(task, Counter()), encode))
    return reports


def render_report(
    pool: InstructionPool,
    *,
    dropped: Iterable[Mapping[str, Any]] = (),
    encode: Encode | None = None,
    title: str = "",
    on_task: Callable[[str, int, int], None] | None = None,
) -> str:
    """Render the report as HTML, without external resources and with all texts escaped.

    Self-BLEU needs sacrebleu; without it, the page says how to install it.

    Args:
        dropped: Dropped candidates as rows with `task` and `reason`, see `read_dropped`; those with `text` can be
            searched, and some are quoted.
        encode: Computes unit-length embeddings of shape `(texts, d)`; None omits the embedding-based metrics.
        title: The heading; defaults to "Instruction pool".
        on_task: Called before each task with its name, the number of tasks done, and of all.

    Raises:
        DependencyError: Raised if jinja2 is not installed.

    Example:
        >>> page = render_report(pool, dropped=read_dropped("dropped.jsonl"))
        >>> Path("report.html").write_text(page, encoding="utf-8")
    """
    check_pages()
    rows = list(dropped)
    tasks = report_tasks(pool, dropped=rows, encode=encode, on_task=on_task)
    known, tasks_of_pool = by_id(pool), set(pool)
    of_pool = [row for row in rows if row["task"] in tasks_of_pool]
    return render_page(
        "report.html.j2",
        title=title or "Instruction pool",
        pool=pool,
        tasks=tasks,
        totals=_totals(tasks),
        expansions=_histogram([round(each.expansion) for each in tasks], bins=_EXPANSION_BINS),
        reasons=drops_by_reason(of_pool),
        dropped=list({(row["task"], row["reason"], row["text"]): row for row in of_pool if row.get("text")}.values()),
        lengths=_histogram([len(words(each.text)) for each in known.values()]),
        styles=style_counts(list(known.values())),
        instructions=known.values(),
        lineage=lambda each: lineage(each, known),
        made_by=made_by,
        paper=PAPER_FIGURES,
    )


def read_dropped(path: str | Path) -> list[dict[str, Any]]:
    """Read the dropped candidates of an expansion run from a file of JSON lines.

    Returns:
        Rows with `task`, `reason`, and the candidate's `text` and that of its `parent`, which may be empty.

    Raises:
        PoolError: Raised if a line is not an object with `task` and `reason`.
    """
    rows = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            text = str(row.get("text") or row.get("reply") or "")
            parent = str(row.get("parent") or "")
            rows.append({"task": row["task"], "reason": row["reason"], "text": text, "parent": parent})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PoolError(
                f"{path}, line {number}: expected an object with task and reason, but got {line!r}."
            ) from error
    return rows


def _report_task(
    task: str, instructions: Sequence[Instruction], dropped: Mapping[str, int], encode: Encode | None
) -> TaskReport:
    texts = [each.text for each in instructions]
    distance, similar = _embedded(instructions, encode) if encode else (None, None)
    return TaskReport(
        task=task,
        meta_instructions=sum(each.origin is None for each in instructions),
        instructions=len(instructions),
        distinct_1=distinct_n(texts, 1),
        distinct_2=distinct_n(texts, 2),
        self_bleu=_self_bleu(texts),
        mean_cosine_distance=distance,
        similarity=similar,
        mean_words=float(np.mean([len(words(text)) for text in texts])),
        difference=difference(instructions),
        dropped=dict(dropped),
        families=families(instructions),
    )


def _self_bleu(texts: Sequence[str]) -> float | None:
    try:
        return self_bleu(texts)
    except DependencyError:
        return None


def _embedded(instructions: Sequence[Instruction], encode: Encode) -> tuple[float, float | None]:
    embeddings = encode([each.text for each in instructions])
    places = {each.instruction_id: place for place, each in enumerate(instructions)}
    pairs = [
        (place, places[each.origin]) for place, each in enumerate(instructions) if each.origin and each.origin in places
    ]
    if not pairs:
        return mean_cosine_distance(embeddings), None
    variants, origins = (list(side) for side in zip(*pairs, strict=True))
    return mean_cosine_distance(embeddings), float(cosine_similarity(embeddings[variants], embeddings[origins]).mean())


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


def _histogram(values: Sequence[int], *, bins: int = _BINS) -> list[tuple[str, int]]:
    """Count values in bins of equal width, from the smallest to the largest."""
    first, width = min(values), (max(values) - min(values)) // bins + 1
    counts = Counter((value - first) // width for value in values)
    starts = [first + number * width for number in range(max(counts) + 1)]
    return [
        (f"{start} to {start + width - 1}" if width > 1 else str(start), counts[number])
        for number, start in enumerate(starts)
    ]
