"""Runs an expansion: plans, requests, filters and keeps variants in rounds, until every task reaches its target."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ..engines import Engine, Request, as_engine
from ..filters import FILTERS, Candidate, Context, SentenceEncoder, Verdict, apply_filters
from ..filters.embeddings import CachedSentenceEncoder, load_sentence_encoder
from ..filters.semantic_similarity import with_placeholder_names
from ..pool import Instruction, InstructionPool
from ..tasks import Task
from .bootstrap import collect_meta_prompts
from .completions import CompletionClient
from .config import Config
from .journal import Journal
from .meta_prompts import MetaPrompt
from .plan import Job
from .presets import make_config
from .retries import RewriteResult, rewrite_with_retries
from .statistics import Statistics, describe_short
from .task_pool import TaskPool
from .task_selection import select_tasks

__all__ = ["Dropped", "Expansion", "expand", "run", "run_settings"]

_log = logging.getLogger(__name__)

_BATCH = 256
_COMPARING_FILTERS = ("duplicate", "near_duplicate", "alike", "meaning")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A dropped candidate and the reason."""

    result: RewriteResult
    reason: str
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the candidate as a row of the file of dropped candidates."""
        job = self.result.job
        return {
            "task": job.task.name,
            "reason": self.reason,
            "text": self.result.text or self.result.parsed,
            "reply": self.result.reply,
            "origin": job.origin,
            "parent": job.parent.text,
            "meta_prompt": job.meta_prompt.name,
            "temperature": job.request.temperature,
            "sample": job.request.sample,
            "iteration": job.iteration,
            "problems": [f"{problem.kind} {problem.mask}" for problem in self.result.problems],
            "error": self.result.error,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class Expansion:
    """The result of a run.

    Attributes:
        pool: The meta instructions and the variants.
        statistics: Counters of the run.
        bootstrapped: The meta-prompts that the engine wrote.
        short: Number of instructions missing to reach the target, by task; tasks that reached it are left out.
    """

    pool: InstructionPool
    statistics: Statistics
    bootstrapped: tuple[MetaPrompt, ...]
    short: Mapping[str, int]


def expand(
    tasks: str | Path | Iterable[Task],
    engine: Engine | str | Callable[[Request], str],
    *,
    target: int | None = 30,
    preset: str | None = None,
    journal: str | Path | None = None,
    encoder: SentenceEncoder | None = None,
    **settings: Any,
) -> InstructionPool:
    """Rewrite the meta instructions of tasks into a much larger instruction pool (INSTRAUG, arXiv 2402.14492).

    Args:
        tasks: A benchmark's name, a YAML file of tasks, or tasks.
        engine: An engine, the name of an engine without required options (`grammar`), or a function from a request to a
            completion.
        target: Number of instructions per meta instruction; None makes one pass over the plan. The default of 30 does
            not override a preset's target.
        preset: The name of a preset or a YAML file of settings; overridden by `settings`.
        journal: A file that stores all completions, from which an interrupted run resumes.
        encoder: A sentence encoder; by default the one named in the settings, loaded if a filter needs it.
        settings: Further settings of `instraug_datasets.expansion.Config`.

    Raises:
        EngineError: Raised if the engine fails.
        UnknownNameError: Raised if a benchmark, engine, preset or setting is unknown.
        SettingError: Raised if a setting is out of range, or the journal belongs to a run with other settings.

    Example:
        >>> pool = expand("multiinstruct", "grammar", target=30)
        >>> pool.save("pool.parquet")
    """
    loaded = as_engine(engine)
    if preset is None or target != 30:
        settings = {"target": target, **settings}
    config = make_config(loaded.name, preset=preset, **settings)
    selected = select_tasks(tasks)
    opened_journal = None if journal is None else Journal(journal, run_settings(selected, loaded, config))
    try:
        expansion = run(selected, loaded, config, journal=opened_journal, encoder=encoder)
    finally:
        if opened_journal is not None:
            opened_journal.close()
    if not config.include_eval and selected and all(task.role == "eval" for task in selected):
        names = " and ".join(task.name for task in selected)
        _log.warning("No task was expanded: %s is kept for evaluation. Pass include_eval=True to expand it.", names)
    if expansion.short:
        _log.warning("Below the target: %s.", describe_short(expansion.pool, expansion.short))
    return expansion.pool


def run_settings(tasks: Sequence[Task], engine: Engine, config: Config) -> dict[str, Any]:
    """Return everything that determines the result of a run, as JSON-compatible data for a `Journal`."""
    metas = {task.name: InstructionPool.from_dict({task.name: task.instructions}).digest[:16] for task in tasks}
    return {"engine": engine.name, "model": engine.model, **config.to_dict(), "tasks": metas}


def run(
    tasks: Sequence[Task],
    engine: Engine,
    config: Config,
    *,
    journal: Journal | None = None,
    encoder: SentenceEncoder | None = None,
    on_progress: Callable[[Statistics], None] | None = None,
    on_drop: Callable[[Dropped], None] | None = None,
) -> Expansion:
    """Expand tasks as configured; an interrupted run gives the same result when resumed from its journal.

    Args:
        on_progress: Called with the statistics after each completion and each batch.
        on_drop: Called with each dropped candidate.

    Example:
        >>> expansion = run(select_tasks("multiinstruct"), engine, make_config("transformers", target=10))
        >>> expansion.pool.save("pool.parquet")
    """
    statistics = Statistics()
    client = CompletionClient(engine, statistics=statistics, journal=journal, on_progress=on_progress)
    selector = _CandidateSelector(
        engine, config, statistics=statistics, encoder=_encoder(config, encoder), on_drop=on_drop
    )
    task_pools = [TaskPool.for_task(task) for task in tasks if task.role != "excluded"]
    expanded = [task_pool for task_pool in task_pools if config.include_eval or task_pool.task.role == "train"]
    written, meta_prompts = collect_meta_prompts(config, client) if expanded else ((), ())
    for number in range(1, config.max_rounds + 1):
        jobs = [
            (task_pool, job)
            for task_pool in expanded
            for job in task_pool.next_jobs(number, meta_prompts=meta_prompts, config=config)
        ]
        statistics.planned += len(jobs)
        for batch in _batches(jobs):
            results = rewrite_with_retries([job for _, job in batch], client, repairs=config.repairs, seed=config.seed)
            selector.add([task_pool for task_pool, _ in batch], results)
            if on_progress is not None:
                on_progress(statistics)
    return Expansion(
        pool=InstructionPool.from_instructions(
            each for task_pool in task_pools for each in (*task_pool.meta_instructions, *selector.select(task_pool))
        ),
        statistics=statistics,
        bootstrapped=tuple(written),
        short={task_pool.task.name: missing for task_pool in expanded if (missing := task_pool.missing(config.target))},
    )


class _CandidateSelector:
    """Applies the filters to results and adds the accepted ones to the task pools."""

    def __init__(
        self,
        engine: Engine,
        config: Config,
        *,
        statistics: Statistics,
        encoder: CachedSentenceEncoder | None,
        on_drop: Callable[[Dropped], None] | None,
    ) -> None:
        self._engine, self._config, self._statistics, self._encoder = engine, config, statistics, encoder
        self._on_drop = on_drop or (lambda _: None)

    def add(self, task_pools: Sequence[TaskPool], results: Sequence[RewriteResult]) -> None:
        """Filter results in order, each against the instructions that its task pool has at that point."""
        candidates = [_candidate(each) for each in results]
        self._precompute_embeddings(task_pools, candidates)
        for task_pool, each, candidate in zip(task_pools, results, candidates, strict=True):
            task_pool.num_candidates += 1
            self._statistics.candidates += 1
            verdict = Verdict(False, each.reason)
            if candidate is not None:
                verdict = apply_filters(candidate, self._context(task_pool), self._config.filters)
            if verdict.keep:
                task_pool.add(self._variant(each, verdict.score))
                self._statistics.kept[task_pool.task.name] += 1
                self._statistics.kept_by_repair += each.repaired
            else:
                self._drop(Dropped(each, verdict.reason, verdict.score))

    def select(self, task_pool: TaskPool) -> list[Instruction]:
        """Return the variants of a task pool; with `keep_best`, the highest-scoring ones up to the target."""
        target = self._config.target
        if not self._config.keep_best or target is None:
            return task_pool.variants
        ranked = sorted(task_pool.variants, key=lambda each: -(each.score or 0))
        return ranked[: (target - 1) * len(task_pool.meta_instructions)]

    def _precompute_embeddings(self, task_pools: Sequence[TaskPool], candidates: Sequence[Candidate | None]) -> None:
        """Embed all candidates that pass the cheap filters as one batch, which is much faster than one by one."""
        if self._encoder is None:
            return
        cheap_filters = [name for name in self._config.filters if name not in _COMPARING_FILTERS]
        passed = [
            each
            for task_pool, each in zip(task_pools, candidates, strict=True)
            if each is not None and apply_filters(each, self._context(task_pool), cheap_filters).keep
        ]
        self._encoder.prepare([with_placeholder_names(text) for each in passed for text in (each.origin, each.text)])

    def _context(self, task_pool: TaskPool) -> Context:
        config = self._config
        return Context(
            accepted=task_pool.accepted,
            length_ratio=config.length_ratio,
            length_reference=config.length_reference,
            length_slack=config.length_slack,
            count_placeholders=config.count_placeholders,
            near_duplicate=config.near_duplicate,
            max_likeness=config.max_likeness,
            similarity=config.similarity,
            encoder=self._encoder,
        )

    def _variant(self, kept: RewriteResult, score: float | None) -> Instruction:
        job = kept.job
        return Instruction(
            task=job.task.name,
            text=kept.text or "",
            origin=job.parent.origin or job.parent.instruction_id,
            parent=job.parent.instruction_id,
            engine=self._engine.name,
            model=self._engine.model,
            meta_prompt=job.meta_prompt.name,
            temperature=float(job.request.temperature),
            iteration=job.iteration,
            score=score,
            absent_fields=job.task.hidden_fields(kept.text or ""),
        )

    def _drop(self, dropped: Dropped) -> None:
        self._statistics.dropped[dropped.result.job.task.name, dropped.reason] += 1
        self._on_drop(dropped)


def _candidate(each: RewriteResult) -> Candidate | None:
    if each.text is None:
        return None
    job = each.job
    examples = tuple(after for _, after in job.request.examples)
    return Candidate(each.text, job.task, job.origin, job.parent.text, examples)


def _encoder(config: Config, encoder: SentenceEncoder | None) -> CachedSentenceEncoder | None:
    if not any(FILTERS[name].needs_encoder for name in config.filters):
        return None
    return CachedSentenceEncoder(encoder or load_sentence_encoder(config.encoder))


def _batches(jobs: Iterable[tuple[TaskPool, Job]]) -> Iterator[list[tuple[TaskPool, Job]]]:
    remaining = iter(jobs)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
