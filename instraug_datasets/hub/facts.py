"""What a publication makes known of itself: the recipe, and how many examples each config holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..errors import PublicationError
from ..tasks import BENCHMARKS
from .files import PlannedFile
from .publication import Publication
from .recipe import ConfigFacts, Recipe

__all__ = ["recipe_of"]

_ROLES = ("train", "eval", "")


def recipe_of(publication: Publication, old: Recipe | None, files: Iterable[PlannedFile]) -> Recipe:
    """The recipe of a repository after a publication.

    Args:
        old: The recipe that it has; what it says of configs that stay is kept.

    Raises:
        PublicationError: If some tasks of an augmented split would have more variants than others.
    """
    kept = old if publication.partial or not publication.shards else None
    configs = _configs(publication, dict(kept.configs) if kept else {}, files)
    benchmark = publication.benchmark or (kept.benchmark if kept else "")
    ranks = {task: rank for rank, task in enumerate(BENCHMARKS.get(benchmark, ()))}
    ranked = sorted(configs, key=lambda name: (_ROLES.index(configs[name].role), ranks.get(name, len(ranks)), name))
    claimed = {name for name, each in publication.clearances.items() if each.claimed}
    return Recipe(
        benchmark=benchmark,
        digest=publication.pool.digest,
        instructions=publication.pool.to_table().num_rows,
        prompts=publication.prompts,
        version=publication.version,
        rights=tuple(sorted({*(kept.rights if kept else ()), *claimed})),
        configs={name: configs[name] for name in ranked},
        epochs=publication.epochs,
        wordings=publication.wordings,
    )


def _configs(
    publication: Publication, kept: Mapping[str, ConfigFacts], files: Iterable[PlannedFile]
) -> dict[str, ConfigFacts]:
    rows: dict[str, Counter[str]] = {}
    augmented = Counter[str]()
    for file in files:
        if file.change.epoch is not None:
            augmented[file.shard.task] += file.rows
        else:
            rows.setdefault(file.shard.task, Counter())[file.shard.split] += file.rows
    configs = {**kept, **{task: _of_task(publication, task, rows.get(task, {})) for task in publication.tasks}}
    if publication.augmented:
        configs[publication.augmented] = _of_augmented(publication, configs, augmented)
    return configs


def _of_task(publication: Publication, task: str, rows: Mapping[str, int]) -> ConfigFacts:
    declared = BENCHMARKS.get(publication.benchmark, {}).get(task)
    sources = sorted({source for shard in publication.shards if shard.task == task for source in shard.rows})
    return ConfigFacts(
        role=publication.role(task),
        splits=dict(sorted(rows.items())),
        sources={source: publication.clearances[source].outcome for source in sources},
        version=declared.version if declared else 1,
    )


def _of_augmented(publication: Publication, configs: Mapping[str, ConfigFacts], rows: Mapping[str, int]) -> ConfigFacts:
    """The augmented split, in which the tasks that are not published this time stay as they are."""
    name, before = publication.augmented, configs.get(publication.augmented)
    staying = {task: count for task, count in (before.tasks if before else {}).items() if task not in publication.tasks}
    if before is not None and staying and before.variants != publication.variants:
        raise PublicationError(
            f"The split {name!r} has {before.variants} wordings of each example of {', '.join(staying)}, and would "
            f"have {publication.variants} of the others. Publish with --variants {before.variants}, or every task anew."
        )
    tasks = {**staying, **rows}
    return ConfigFacts(
        role="",
        splits={name: sum(tasks.values())},
        sources={source: outcome for task in tasks for source, outcome in configs[task].sources.items()},
        variants=publication.variants,
        tasks=tasks,
    )
