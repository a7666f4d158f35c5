"""`evaluate`: a model's score under each of several fixed wordings."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import Unpack

from ..errors import EngineError, ExampleError, SettingError
from ..pool import InstructionPool
from .examples import read_examples, read_fields
from .metrics import Metric, metric_of
from .predictions import Key, Predictions
from .results import Evaluation
from .scoring import Judged, score_tasks
from .selection import Wordings, select_wordings
from .shown import RenderingOptions, ShownWording
from .transformers_generate import generate_function

__all__ = ["Generate", "evaluate"]

Generate = Callable[[Sequence[Mapping[str, Any]]], Sequence[str]]
"""From rendered examples to one text each. An example has the data's columns, pictures too, and `prompt`, `messages`
(the turns up to the answer) and `instruction_id`."""

MetricFunction = Callable[[str, Mapping[str, Any]], float]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An example under a wording."""

    position: int
    key: Key
    wording: ShownWording


def evaluate(
    model_or_generate: Any,
    dataset: Any,
    pool: InstructionPool | str,
    *,
    wordings: Wordings = 5,
    metric: str | MetricFunction | None = None,
    seed: int = 0,
    batch_size: int = 8,
    processor: Any = None,
    limit: int | None = None,
    predictions: str | Path | None = None,
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    **options: Unpack[RenderingOptions],
) -> Evaluation:
    """Evaluate a model under fixed wordings of each task, all examples with every wording.

    An example that a wording does not fit, since it lacks a field of it, is skipped and counted. Wordings with
    different numbers of examples are scored on different examples, which is a part of their spread.

    Args:
        model_or_generate: A function from rendered examples to texts, see `Generate`, or a model of `transformers`.
        dataset: A `Dataset`, an `IterableDataset` or a list of examples; it is read twice.
        pool: An `InstructionPool`, or whatever `InstructionPool.load` reads.
        wordings: A number of the pool's instructions per task, meta instructions first (the paper averages over five);
            another pool, such as `heldout`; or a list of texts.
        metric: A name of `METRICS`, or a function of a prediction and its example that returns 0 to 1; None for the
            metric that the task declares.
        seed: Determines the order of options, and the bootstrap samples.
        batch_size: Number of rendered examples per call.
        processor: What `AutoProcessor.from_pretrained` gives, for a model of `transformers`.
        limit: Number of examples, the first ones; None for all.
        predictions: A file of JSON lines that keeps every prediction; an evaluation that was stopped goes on there.
        name: What is evaluated, for reports and to tell files of predictions apart.
        progress: Called with the numbers of predictions made and planned.
        **options: How prompts are rendered: `options_style`, `region_style`, `columns`, `task`, `shuffle_options` and
            `system`, see `stream.Settings`.

    Raises:
        UnknownNameError: Raised if a metric is unknown, or the data lack a column that `columns` names.
        SettingError: Raised if the data set is empty, a task has no metric, or `predictions` holds others.
        ExampleError: Raised if an id is missing or there twice, or no example fits any wording of a task.
        EngineError: Raised if the function does not return one text per example.

    Example:
        >>> dataset = load_dataset("multiinstruct", "nlvr", split="test")
        >>> result = evaluate(generate, dataset, "multiinstruct", limit=1000)
        >>> result.tasks[0].mean, result.tasks[0].sensitivity
    """
    if batch_size < 1:
        raise SettingError(f"batch_size must be a number from 1, but got {batch_size!r}.")
    generate = generate_function(model_or_generate, processor)
    columns, task = options.get("columns") or {}, options.get("task")
    rows = read_fields(dataset, limit=limit, columns=columns, task=task)
    tasks = [task if task is not None else row[columns.get("task", "task")] for row in rows]
    metrics = {each: metric_of(each, metric) for each in dict.fromkeys(tasks)}
    loaded = pool if isinstance(pool, InstructionPool) else InstructionPool.load(pool)
    chosen = select_wordings(metrics, loaded, wordings, seed=seed)
    shown = {each: [ShownWording(one, seed, options) for one in chosen[each]] for each in metrics}
    for wording in itertools.chain(*shown.values()):
        wording.augmenter.check_columns(rows[0])
        wording.augmenter.read_labels(getattr(dataset, "features", None))
    ids = [str(row[columns.get("unique_id", "unique_id")]) for row in rows]
    plan, skipped = _plan(rows, ids, [shown[each] for each in tasks])
    settings = {"model": name or _name_of(generate), "seed": seed, **_settings_of(generate), **_plain(options)}
    with Predictions(predictions, settings) as kept:
        kept.check(set(ids), {one.instruction_id for listed in chosen.values() for one in listed})
        _generate(generate, dataset, plan, kept, batch_size=batch_size, progress=progress)
        judged = _judge(plan, rows, kept.texts, [metrics[each] for each in tasks])
    return score_tasks(
        judged, tasks=tasks, wordings=chosen, metrics=metrics, skipped=skipped, settings=settings, seed=seed
    )


def _plan(
    rows: Sequence[Mapping[str, Any]], ids: Sequence[str], wordings: Sequence[Sequence[ShownWording]]
) -> tuple[list[_Asked], Mapping[str, Counter[str]]]:
    """What is asked, and how many examples each wording skips, by reason."""
    plan: list[_Asked] = []
    skipped: dict[str, Counter[str]] = {}
    for position, (row, unique_id) in enumerate(zip(rows, ids, strict=True)):
        for wording in wordings[position]:
            instruction_id = wording.instruction.instruction_id
            try:
                wording.reference(row)
            except ExampleError as error:
                skipped.setdefault(instruction_id, Counter())[_reason(error, row, wording)] += 1
            else:
                plan.append(_Asked(position, (unique_id, instruction_id), wording))
    return plan, skipped


def _reason(error: ExampleError, row: Mapping[str, Any], wording: ShownWording) -> str:
    """The error without the example's id, so that equal reasons can be counted."""
    start = f"Example {row.get(wording.augmenter.id_column)!r}"
    return str(error).removeprefix(start).removeprefix(f" of the task {wording.instruction.task!r}").removeprefix(": ")


def _generate(
    generate: Generate,
    dataset: Any,
    plan: Sequence[_Asked],
    predictions: Predictions,
    *,
    batch_size: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Make the predictions that are not there yet."""
    pending = [asked for asked in plan if asked.key not in predictions.texts]
    done = len(plan) - len(pending)
    if progress is not None:
        progress(done, len(plan))
    rendered = _rendered(dataset, pending)
    while batch := list(itertools.islice(rendered, batch_size)):
        texts = _checked(generate([example for _, example in batch]), [key for key, _ in batch])
        predictions.append(zip((key for key, _ in batch), texts, strict=True))
        done += len(batch)
        if progress is not None:
            progress(done, len(plan))


def _rendered(dataset: Any, pending: Sequence[_Asked]) -> Iterator[tuple[Key, dict[str, Any]]]:
    by_position = {
        position: list(asked) for position, asked in itertools.groupby(pending, key=lambda asked: asked.position)
    }
    for position, example in read_examples(dataset, by_position.keys()):
        for asked in by_position[position]:
            yield asked.key, asked.wording.render(example)


def _checked(texts: Any, keys: Sequence[Key]) -> list[str]:
    """The texts of a batch.

    Raises:
        EngineError: Raised if they are not one text per example.
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise EngineError(f"generate must return a list of {len(keys)} texts, one per example, but returned {texts!r}.")
    listed = list(texts)
    if len(listed) != len(keys):
        raise EngineError(
            f"generate returned {len(listed)} texts for {len(keys)} examples, from {keys[0][0]!r} on; "
            "it must return one text per example, in the same order."
        )
    for text, (unique_id, _) in zip(listed, keys, strict=True):
        if not isinstance(text, str):
            raise EngineError(f"generate must return texts, but returned {text!r} for the example {unique_id!r}.")
    return listed


def _judge(
    plan: Sequence[_Asked],
    rows: Sequence[Mapping[str, Any]],
    texts: Mapping[Key, str],
    metrics: Sequence[Metric],
) -> list[Judged]:
    return [
        Judged(
            asked.position,
            asked.key[1],
            metrics[asked.position].judge(texts[asked.key], asked.wording.reference(rows[asked.position])),
        )
        for asked in plan
    ]


def _name_of(generate: Any) -> str:
    return str(getattr(generate, "name", None) or getattr(generate, "__qualname__", None) or type(generate).__name__)


def _settings_of(generate: Any) -> dict[str, Any]:
    length = getattr(generate, "max_new_tokens", None)
    return {} if length is None else {"max_new_tokens": length}


def _plain(options: RenderingOptions) -> dict[str, Any]:
    return {
        name: dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
        for name, value in options.items()
        if value is not None
    }
