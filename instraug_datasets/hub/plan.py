"""The plan of a publication: a pure function of what is to be published and what the repository holds."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..errors import PublicationError
from ..pool import InstructionPool
from ..tasks import BENCHMARKS
from .card import CardFacts, Sample, merge_card
from .facts import recipe_of
from .files import PlannedFile, is_there, plan_files
from .keeping import changes, keep_published, kept
from .licences import LEFT_OUT, REFERENCES, Clearance, clear
from .naming import CARD, POOL_FILE, RECIPE, Configs, configs_of, in_order, is_ours, task_of
from .publication import Publication, source_titles
from .recipe import Recipe
from .repository import RepositoryState
from .samples import read_sample

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a publication is going to do.

    Attributes:
        state: The repository that it was made for, at one commit.
        publication: What is published, with the settings of the repository where none were given.
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
        return tuple(each for each in self.publication.clearances.values() if each.conditions)

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
        PublicationError: If the card of the repository cannot be read, its augmented split has other variants, or the
            pool lacks a task that stays there, or instructions of the styles that the repository has.
    """
    publication = keep_published(publication, state.recipe)
    files, empty = plan_files(publication)
    recipe = recipe_of(publication, state.recipe, files)
    _check_pool(publication, recipe)
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


def _check_pool(publication: Publication, recipe: Recipe) -> None:
    tasks = [name for name, facts in recipe.configs.items() if facts.splits and not facts.variants]
    lacking = [task for task in tasks if task not in publication.pool]
    if lacking:
        raise PublicationError(
            f"The pool has no instructions for {', '.join(lacking)}, which the repository holds: readers could not "
            "make prompts for these. Publish with a pool for all of its tasks."
        )


def _leaves(path: str, publication: Publication, state: RepositoryState) -> bool:
    """Whether a file that is not planned goes."""
    augmented = {*(state.recipe.augmented if state.recipe else ()), publication.augmented} - {""}
    if not publication.shards or not is_ours(path, augmented):
        return False
    if not publication.partial:
        return True
    return task_of(path) in publication.tasks and path.split("/")[0] not in augmented - {publication.augmented}


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


def _notes(publication: Publication, state: RepositoryState, empty: Iterable[tuple[str, str]]) -> Iterator[str]:
    if state.unseen is None and not state.exists:
        yield f"The repository {state.repo_id} does not exist yet; it will be created."
    elif state.unseen is None and state.head is None:
        yield f"The branch {state.revision!r} does not exist yet; it will be created from the main one."
    if empty:
        yield f"Left out, as they have no example that may be published: {_by_task(empty)}."
    if state.recipe is not None and state.recipe.digest != publication.pool.digest:
        yield (
            f"The pool changes from the one with digest {state.recipe.digest} to {publication.pool.digest}; "
            f"`--pool {state.repo_id}` keeps the published one."
        )
    if state.recipe is not None:
        yield from _settings(publication, state.recipe)
    if old := _stale(publication, state):
        yield (
            f"{', '.join(old)} keeps the examples and prompts that it has. To renew it, publish every task with "
            f"--augmented-split {old[0]}."
        )
    if state.unseen is not None:
        yield (
            f"The Hub was not asked: this is the plan for an empty repository. If {state.repo_id} exists already, its "
            f"files, card and settings may change it. ({state.unseen})"
        )


def _settings(publication: Publication, old: Recipe) -> Iterator[str]:
    if changed := ", ".join(changes(publication, old)):
        other = "; readers get other prompts from now on" if old.prompts != publication.prompts else ""
        yield f"Changes {changed}{other}."
    if staying := ", ".join(kept(publication, old)):
        yield f"Keeps the published {staying}."
    lost = [name for name in old.rights if name in publication.clearances and not publication.clearances[name].claimed]
    if lost:
        yield f"You claimed the rights to {', '.join(lost)} before; without `--i-have-the-rights` the claim ends."


def _by_task(empty: Iterable[tuple[str, str]]) -> str:
    splits: dict[str, list[str]] = {}
    for task, split in empty:
        splits.setdefault(task, []).append(split)
    return ", ".join(f"{task} ({', '.join(in_order(each))})" for task, each in splits.items())


def _stale(publication: Publication, state: RepositoryState) -> list[str]:
    """The augmented splits of the repository that hold what this publication replaces elsewhere."""
    if state.recipe is None or not (publication.partial or not publication.shards):
        return []
    renewed = set(publication.tasks)
    changed = state.recipe.digest != publication.pool.digest or state.recipe.prompts != publication.prompts
    return [
        name
        for name in state.recipe.augmented
        if (name != publication.augmented and renewed & set(state.recipe.configs[name].tasks))
        or (changed and set(state.recipe.configs[name].tasks) - (renewed if name == publication.augmented else set()))
    ]
