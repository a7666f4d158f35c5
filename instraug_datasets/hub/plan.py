"""The plan of a publication: a pure function of what is to be published and what the repository holds."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..pool import InstructionPool
from ..tasks import BENCHMARKS
from .card import CardFacts, Sample, merge_card
from .files import PlannedFile, is_there, plan_files
from .licences import LEFT_OUT, REFERENCES, Clearance, clear
from .naming import CARD, POOL_FILE, RECIPE, Configs, configs_of, is_ours, task_of
from .publication import Publication, source_titles
from .recipe import ConfigFacts, Recipe
from .repository import RepositoryState
from .samples import read_sample

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a publication is going to do.

    Attributes:
        state: The repository that it was made for, at one commit.
        files: The shards that the repository shall hold, those that it has already among them.
        texts: The small files to write, by path: the card, and the recipe.
        deleted: The files that leave.
        notes: What a person should know.
    """

    state: RepositoryState
    publication: Publication
    files: tuple[PlannedFile, ...]
    texts: Mapping[str, str]
    deleted: tuple[str, ...]
    recipe: Recipe
    configs: Configs
    notes: tuple[str, ...] = ()

    @property
    def pool(self) -> InstructionPool:
        """The pool to publish."""
        return self.publication.pool

    @property
    def withheld(self) -> tuple[Clearance, ...]:
        """The sources that are not published whole, and why."""
        known = self.publication.clearances.values()
        return tuple(each for each in known if each.outcome in (REFERENCES, LEFT_OUT))

    @property
    def conditions(self) -> tuple[Clearance, ...]:
        """The sources that are published under conditions."""
        return tuple(
            each
            for each in self.publication.clearances.values()
            if each.outcome not in (REFERENCES, LEFT_OUT) and each.reason
        )

    def has(self, file: PlannedFile) -> bool:
        """Whether the repository has a shard already, as it was built."""
        return is_there(file, self.state.files.get(file.path))

    def card_diff(self) -> str:
        """What changes in the card, as a unified diff."""
        old, new = (self.state.card or "").splitlines(), self.texts[CARD].splitlines()
        return "\n".join(difflib.unified_diff(old, new, f"{CARD} (now)", f"{CARD} (planned)", lineterm=""))


def make_plan(publication: Publication, state: RepositoryState) -> Plan:
    """What it takes to bring the repository to hold the publication.

    Raises:
        PublicationError: If the card of the repository cannot be read.
    """
    files, empty = plan_files(publication)
    recipe = _recipe(publication, state, files)
    planned = {file.path for file in files}
    deleted = tuple(sorted(path for path in state.files if path not in planned and _leaves(path, publication, state)))
    paths = {*(path for path in state.files if path not in deleted), *planned, POOL_FILE}
    configs = configs_of(paths, order=BENCHMARKS.get(recipe.benchmark, ()), augmented=recipe.augmented)
    old_augmented = state.recipe.augmented if state.recipe else ()
    card = merge_card(
        state.card,
        _card_facts(publication, state, recipe, configs, files),
        folders=("train", "eval", "instructions", *recipe.augmented, *old_augmented),
    )
    return Plan(
        state=state,
        publication=publication,
        files=files,
        texts={CARD: card.text, RECIPE: recipe.to_yaml()},
        deleted=deleted,
        recipe=recipe,
        configs=configs,
        notes=(*_notes(publication, state, empty), *card.notes),
    )


def _recipe(publication: Publication, state: RepositoryState, files: Iterable[PlannedFile]) -> Recipe:
    keeps = state.recipe is not None and (publication.partial or not publication.shards)
    kept = dict(state.recipe.configs) if keeps and state.recipe else {}
    claimed = {name for name, each in publication.clearances.items() if each.claimed}
    benchmark = publication.benchmark or (state.recipe.benchmark if keeps and state.recipe else "")
    configs = {**kept, **_facts(publication, files)}
    order = list(BENCHMARKS.get(benchmark, ()))
    roles = ("train", "eval", "")
    ranked = sorted(configs, key=lambda name: (roles.index(configs[name].role), _rank(name, order), name))
    return Recipe(
        benchmark=benchmark,
        digest=publication.pool.digest,
        instructions=publication.pool.to_table().num_rows,
        prompts=publication.prompts,
        version=publication.version,
        rights=tuple(sorted({*(state.recipe.rights if keeps and state.recipe else ()), *claimed})),
        configs={name: configs[name] for name in ranked},
    )


def _rank(name: str, order: list[str]) -> int:
    return order.index(name) if name in order else len(order)


def _facts(publication: Publication, files: Iterable[PlannedFile]) -> dict[str, ConfigFacts]:
    rows: dict[str, Counter[str]] = {}
    augmented = 0
    for file in files:
        if file.change.epoch is not None:
            augmented += file.rows
        else:
            rows.setdefault(file.shard.task, Counter())[file.shard.split] += file.rows
    facts = {task: _task_facts(publication, task, rows.get(task, {})) for task in _tasks(publication)}
    if publication.augmented:
        of_training = {task: each for task, each in facts.items() if each.role == "train"}
        sources = {source: outcome for each in of_training.values() for source, outcome in each.sources.items()}
        facts[publication.augmented] = ConfigFacts(
            role="",
            splits={publication.augmented: augmented},
            sources=sources,
            variants=publication.variants,
        )
    return facts


def _task_facts(publication: Publication, task: str, rows: Mapping[str, int]) -> ConfigFacts:
    declared = BENCHMARKS.get(publication.benchmark, {}).get(task)
    sources = sorted({source for shard in publication.shards if shard.task == task for source in shard.rows})
    return ConfigFacts(
        role=publication.role(task),
        splits=dict(sorted(rows.items())),
        sources={source: publication.clearances[source].outcome for source in sources},
        version=declared.version if declared else 1,
    )


def _tasks(publication: Publication) -> list[str]:
    return list(dict.fromkeys(shard.task for shard in publication.shards))


def _leaves(path: str, publication: Publication, state: RepositoryState) -> bool:
    """Whether a file that is not planned goes."""
    augmented = {*(state.recipe.augmented if state.recipe else ()), publication.augmented} - {""}
    if not publication.shards or not is_ours(path, augmented):
        return False
    if not publication.partial:
        return True
    is_augmented = path.split("/")[0] in augmented
    return task_of(path) in _tasks(publication) and (bool(publication.augmented) or not is_augmented)


def _card_facts(
    publication: Publication,
    state: RepositoryState,
    recipe: Recipe,
    configs: Configs,
    files: tuple[PlannedFile, ...],
) -> CardFacts:
    others = {source for facts in recipe.configs.values() for source in facts.sources} - set(publication.clearances)
    clearances = {**clear(others, others & set(recipe.rights)), **publication.clearances}
    return CardFacts(
        repo_id=state.repo_id,
        recipe=recipe,
        pool=publication.pool,
        configs=configs,
        clearances=dict(sorted(clearances.items())),
        titles=source_titles() if clearances else {},
        sample=_sample(publication, files),
    )


def _sample(publication: Publication, files: tuple[PlannedFile, ...]) -> Sample | None:
    first = next((file for file in files if file.change.epoch is None), None)
    if first is None:
        return None
    return read_sample(first.shard, first.change.dropped, publication.augmenter(first.shard.task))


def _notes(publication: Publication, state: RepositoryState, empty: Iterable[str]) -> Iterator[str]:
    if not state.exists:
        yield f"The repository {state.repo_id} does not exist yet; it will be created."
    elif state.head is None:
        yield f"The branch {state.revision!r} does not exist yet; it will be created from the main one."
    if left_out := ", ".join(empty):
        yield f"Left out, as they have no example that may be published: {left_out}."
    if state.recipe is not None and state.recipe.digest != publication.pool.digest:
        yield f"The pool changes from the one with digest {state.recipe.digest} to {publication.pool.digest}."
    if state.recipe is not None and state.recipe.prompts != publication.prompts:
        yield "The settings of prompts change; readers get other prompts from now on."
