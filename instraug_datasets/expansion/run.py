"""The run: plan, ask, parse, restore, filter, keep; round after round, until every task has what it needs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ..engines import Engine, Request, as_engine
from ..filters import FILTERS, Candidate, Context, Encoder, Verdict, judge
from ..filters.embeddings import MemoEncoder, load_encoder
from ..filters.semantic_similarity import spoken_out
from ..pool import Instruction, InstructionPool
from ..tasks import Task
from .bootstrap import all_meta_prompts
from .completions import Asker
from .config import Config
from .journal import Journal
from .meta_prompts import MetaPrompt
from .plan import Job
from .presets import make_config
from .retries import Attempt, attempt
from .statistics import Tally
from .task_pool import Shelf
from .task_selection import select_tasks

__all__ = ["Dropped", "Expansion", "expand", "run", "run_settings"]

_log = logging.getLogger(__name__)

_BATCH = 256
_LATE = ("duplicate", "near_duplicate", "meaning")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A candidate that was not kept, and why."""

    attempt: Attempt
    reason: str
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The row of a file of dropped candidates."""
        job = self.attempt.job
        return {
            "task": job.task.name,
            "reason": self.reason,
            "text": self.attempt.text or self.attempt.parsed,
            "reply": self.attempt.reply,
            "origin": job.origin,
            "parent": job.parent.text,
            "meta_prompt": job.meta_prompt.name,
            "temperature": job.request.temperature,
            "sample": job.request.sample,
            "iteration": job.iteration,
            "problems": [f"{problem.kind} {problem.mask}" for problem in self.attempt.problems],
            "error": self.attempt.error,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a run made.

    Attributes:
        tally: What it counted.
        bootstrapped: The rewriting orders that the engine wrote.
        short: By task, how many instructions it is short of the target.
    """

    pool: InstructionPool
    tally: Tally
    bootstrapped: tuple[MetaPrompt, ...]
    short: Mapping[str, int]


def expand(
    tasks: str | Path | Iterable[Task],
    engine: Engine | str | Callable[[Request], str],
    *,
    target: int | None = 30,
    preset: str | None = None,
    journal: str | Path | None = None,
    encoder: Encoder | None = None,
    **settings: Any,
) -> InstructionPool:
    """Rewrite the meta instructions of tasks into a pool many times as large (INSTRAUG, arXiv 2402.14492).

    Args:
        tasks: A benchmark's name, a YAML file of tasks, or tasks.
        engine: What rewrites: an engine, the name of one that needs no more (`grammar`), or a function from a request
            to its answer.
        target: How many instructions there are to be for each meta instruction; None takes one pass over the plan. A
            preset's own target counts before this default.
        preset: The name of a preset or a YAML file of settings; `settings` count before it.
        journal: A file that the run is kept in, so that a killed one goes on where it stopped.
        encoder: Makes sentence embeddings; by default what the settings name, if a filter needs one.
        settings: Further settings of `Config`.

    Raises:
        EngineError: The engine cannot go on.
        UnknownNameError: A benchmark, preset or setting does not exist.
        SettingError: A setting is outside its range, or the journal is of other settings.

    Example:
        >>> pool = expand("multiinstruct", "grammar", target=30)
        >>> pool.save("pool.parquet")
    """
    completer = as_engine(engine)
    if preset is None or target != 30:
        settings = {"target": target, **settings}
    config = make_config(completer.name, preset=preset, **settings)
    selected = select_tasks(tasks)
    opened = None if journal is None else Journal(journal, run_settings(selected, completer, config))
    try:
        expansion = run(selected, completer, config, journal=opened, encoder=encoder)
    finally:
        if opened is not None:
            opened.close()
    if expansion.short:
        _log.warning("Short of the target: %s.", ", ".join(f"{task} by {n}" for task, n in expansion.short.items()))
    return expansion.pool


def run_settings(tasks: Sequence[Task], engine: Engine, config: Config) -> dict[str, Any]:
    """Everything that the result of a run depends on; what a journal compares."""
    metas = {task.name: InstructionPool.from_dict({task.name: task.instructions}).digest[:16] for task in tasks}
    return {"engine": engine.name, "model": engine.model, **config.to_dict(), "tasks": metas}


def run(
    tasks: Sequence[Task],
    engine: Engine,
    config: Config,
    *,
    journal: Journal | None = None,
    encoder: Encoder | None = None,
    on_progress: Callable[[Tally], None] | None = None,
    on_drop: Callable[[Dropped], None] | None = None,
) -> Expansion:
    """Expand tasks by a config; the same journal gives the same result, however often it was interrupted.

    Args:
        on_progress: Called after each completion and each batch.
        on_drop: Called for each candidate that is not kept.
    """
    tally = Tally()
    asker = Asker(engine, tally=tally, journal=journal, on_progress=on_progress)
    keeper = _Keeper(engine, config, tally=tally, encoder=_encoder(config, encoder), on_drop=on_drop)
    shelves = [Shelf.of(task) for task in tasks if task.role != "excluded"]
    growing = [shelf for shelf in shelves if config.include_eval or shelf.task.role == "train"]
    written, meta_prompts = all_meta_prompts(config, asker) if growing else ((), ())
    for number in range(1, config.max_rounds + 1):
        jobs = [
            (shelf, job)
            for shelf in growing
            for job in shelf.next_jobs(number, meta_prompts=meta_prompts, config=config)
        ]
        tally.planned += len(jobs)
        for batch in _batches(jobs):
            attempts = attempt([job for _, job in batch], asker, repairs=config.repairs, seed=config.seed)
            keeper.take([shelf for shelf, _ in batch], attempts)
            if on_progress is not None:
                on_progress(tally)
    return Expansion(
        pool=InstructionPool.from_instructions(
            each for shelf in shelves for each in (*shelf.metas, *keeper.choose(shelf))
        ),
        tally=tally,
        bootstrapped=tuple(written),
        short={shelf.task.name: missing for shelf in growing if (missing := shelf.missing(config.target))},
    )


class _Keeper:
    """Judges attempts and keeps the good ones."""

    def __init__(
        self,
        engine: Engine,
        config: Config,
        *,
        tally: Tally,
        encoder: MemoEncoder | None,
        on_drop: Callable[[Dropped], None] | None,
    ) -> None:
        self._engine, self._config, self._tally, self._encoder = engine, config, tally, encoder
        self._on_drop = on_drop or (lambda _: None)

    def take(self, shelves: Sequence[Shelf], attempts: Sequence[Attempt]) -> None:
        """Judge attempts in order, each by what its shelf has by then."""
        candidates = [_candidate(each) for each in attempts]
        self._look_ahead(shelves, candidates)
        for shelf, each, candidate in zip(shelves, attempts, candidates, strict=True):
            shelf.judged += 1
            self._tally.candidates += 1
            verdict = Verdict(False, each.reason)
            if candidate is not None:
                verdict = judge(candidate, self._context(shelf), self._config.filters)
            if verdict.keep:
                shelf.add(self._variant(each, verdict.score))
                self._tally.kept[shelf.task.name] += 1
                self._tally.kept_by_repair += each.repaired
            else:
                self._drop(Dropped(each, verdict.reason, verdict.score))

    def choose(self, shelf: Shelf) -> list[Instruction]:
        """The variants of a shelf; with `keep_best` no more than the target, lowest scores left out."""
        target = self._config.target
        if not self._config.keep_best or target is None:
            return shelf.variants
        ranked = sorted(shelf.variants, key=lambda each: -(each.score or 0))
        return ranked[: (target - 1) * len(shelf.metas)]

    def _look_ahead(self, shelves: Sequence[Shelf], candidates: Sequence[Candidate | None]) -> None:
        """Embed in one go what will be looked at: an encoder is many times faster on a batch."""
        if self._encoder is None:
            return
        early = [name for name in self._config.filters if name not in _LATE]
        promising = [
            each
            for shelf, each in zip(shelves, candidates, strict=True)
            if each is not None and judge(each, self._context(shelf), early).keep
        ]
        self._encoder.prepare([spoken_out(text) for each in promising for text in (each.origin, each.text)])

    def _context(self, shelf: Shelf) -> Context:
        config = self._config
        return Context(
            accepted=shelf.accepted,
            length_ratio=config.length_ratio,
            length_reference=config.length_reference,
            length_slack=config.length_slack,
            count_slots=config.count_slots,
            near_duplicate=config.near_duplicate,
            similarity=config.similarity,
            encoder=self._encoder,
        )

    def _variant(self, kept: Attempt, score: float | None) -> Instruction:
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
        )

    def _drop(self, dropped: Dropped) -> None:
        self._tally.dropped[dropped.attempt.job.task.name, dropped.reason] += 1
        self._on_drop(dropped)


def _candidate(each: Attempt) -> Candidate | None:
    if each.text is None:
        return None
    job = each.job
    shown = tuple(after for _, after in job.request.examples)
    return Candidate(each.text, job.task, job.origin, job.parent.text, shown)


def _encoder(config: Config, encoder: Encoder | None) -> MemoEncoder | None:
    if not any(FILTERS[name].needs_encoder for name in config.filters):
        return None
    return MemoEncoder(encoder or load_encoder(config.encoder))


def _batches(jobs: Iterable[tuple[Shelf, Job]]) -> Iterator[list[tuple[Shelf, Job]]]:
    remaining = iter(jobs)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
