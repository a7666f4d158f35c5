"""What is to be published: built shards, a pool, and what shall be done with them. Reads local files only."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..axes import checked_styles, select
from ..errors import PublicationError, SettingError, UnknownNameError
from ..pool import InstructionPool
from ..recipe import PromptSettings
from ..samplers import STRATEGIES
from ..stream import InstructionAugmenter
from ..styles import OPTIONS_STYLES, REGION_STYLES
from ..tasks import BENCHMARKS, get_task
from .licences import Clearance, clear
from .naming import DEFAULT, INSTRUCTIONS, check_config, check_split
from .shards import BuiltShard, read_shards

__all__ = ["VARIANTS", "Publication", "check_styles", "checked_prompts", "read_publication", "source_titles"]

_SETTINGS = tuple(each.name for each in fields(PromptSettings))

VARIANTS = 4
"""How many wordings of each example a new augmented split holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is to be published.

    Attributes:
        shards: The built shards; none for a pool alone.
        benchmark: The benchmark that they belong to; empty for data of one's own.
        partial: Whether other tasks that the repository has shall stay.
        prompts: Seed, strategy and styles that readers get.
        stated: The names of the settings of prompts, and perhaps `variants`, that were given; a repository keeps its
            own values of the others.
        clearances: What of each source may go out.
        augmented: The name of the augmented split; empty for none.
        variants: How many wordings of each example it holds.
        epochs, wordings: See `Recipe`.
    """

    pool: InstructionPool
    shards: tuple[BuiltShard, ...] = ()
    benchmark: str = ""
    partial: bool = False
    prompts: PromptSettings = field(default_factory=PromptSettings)
    stated: frozenset[str] = frozenset()
    clearances: dict[str, Clearance] = field(default_factory=dict)
    augmented: str = ""
    variants: int = 0
    version: str = ""
    epochs: int | None = None
    wordings: int | str | tuple[str, ...] | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that have shards."""
        return tuple(dict.fromkeys(shard.task for shard in self.shards))

    def role(self, task: str) -> str:
        """`train` or `eval`; data of one's own is for training where it has such a split."""
        declared = BENCHMARKS.get(self.benchmark, {}).get(task)
        if declared is not None:
            return declared.role
        return "train" if any(shard.split == "train" for shard in self.shards if shard.task == task) else "eval"

    def augmenter(self, task: str) -> InstructionAugmenter:
        """What makes the prompts of a task's examples; it knows the instructions of that task alone."""
        return InstructionAugmenter(InstructionPool.from_instructions(self.pool[task]), **self.prompts.stated())


def read_publication(
    target: str,
    *,
    data: str | Path | None = None,
    pool: InstructionPool | str | None = None,
    tasks: Iterable[str] | None = None,
    rights: Iterable[str] = (),
    augmented_split: str | None = None,
    variants: int | None = None,
    prompts: PromptSettings | Mapping[str, Any] | None = None,
    epochs: int | None = None,
    wordings: int | str | tuple[str, ...] | None = None,
) -> Publication:
    """What a benchmark, a folder or a pool amounts to.

    Args:
        target: A benchmark, whose shards are in `data`; a folder of shards in the same layout; or a pool, as
            `InstructionPool.load` takes it, for publishing that alone.
        data: The output folder of `instraug build`.
        pool: The pool to publish with the data; by default the benchmark's bundled one.
        tasks: The tasks to publish, all others of the repository staying as they are; None for everything there is.
        rights: The sources that you have the rights to publish whole, or `all`; what you claim is recorded.
        augmented_split: The name of a split to write with the prompts of `variants` epochs.
        variants: None for as many as the repository has in that split, or else 4.
        prompts: Seed, strategy and styles that readers get. What a mapping leaves out stays as the repository has it,
            or else has the defaults of `PromptSettings`; a `PromptSettings` states all of them.
        epochs, wordings: The number of epochs that you trained, and the wordings that you evaluated with, for readers;
            None for what the repository has.

    Raises:
        PublicationError: If the folder holds no shards, a name cannot be loaded from the Hub, or the pool lacks a task.
        PoolError: If the pool cannot be read, or has no instruction of the styles.
        UnknownNameError: If a task, source, setting, strategy or style is unknown.
        SettingError: If arguments contradict each other.
    """
    given = _given(prompts)
    settings = checked_prompts(PromptSettings(**given))
    release = version("instraug-datasets")
    folder = data if data is not None else target if Path(target).is_dir() and _has_shards(Path(target)) else None
    if folder is None:
        _check_pool_alone(target, pool, tasks, augmented_split)
        return Publication(
            pool=_load(pool or target),
            prompts=settings,
            stated=frozenset(given),
            version=release,
            epochs=epochs,
            wordings=wordings,
        )
    benchmark = target if target in BENCHMARKS else ""
    if not benchmark and data is not None and not Path(target).is_dir():
        raise UnknownNameError("benchmark", target, BENCHMARKS, hint="A folder of your own takes no --from.")
    if not benchmark and pool is None:
        raise SettingError(
            f"The tasks in {str(folder)!r} need a pool: pass one with `--pool`. "
            f"If they belong to a benchmark, name that: `instraug publish multiinstruct --from {folder}`."
        )
    names = None if tasks is None else [_resolved(benchmark, task) for task in tasks]
    shards = tuple(shard for shard in read_shards(folder, names))
    publication = Publication(
        pool=_load(pool or benchmark),
        shards=shards,
        benchmark=benchmark,
        partial=tasks is not None,
        prompts=settings,
        stated=frozenset(given) | ({"variants"} if variants is not None else frozenset()),
        clearances=clear({source for shard in shards for source in shard.rows}, rights),
        augmented=augmented_split or "",
        variants=(VARIANTS if variants is None else variants) if augmented_split else 0,
        version=release,
        epochs=epochs,
        wordings=wordings,
    )
    _check(publication)
    return publication


def _has_shards(folder: Path) -> bool:
    return any(folder.glob("[!.]*/*.parquet")) and not (folder / INSTRUCTIONS).is_dir()


def _check_pool_alone(target: str, pool: object, tasks: object, augmented_split: object) -> None:
    if target in BENCHMARKS:
        raise SettingError(
            f"Publishing {target} needs its built shards: `--from DIR`, the output of `instraug build {target}`. "
            "To publish its pool alone, save it to a file and name that."
        )
    if pool is not None or tasks is not None or augmented_split is not None:
        raise SettingError(f"{target!r} is published as a pool alone, which takes no other pool, tasks or split.")


def _load(pool: InstructionPool | str) -> InstructionPool:
    return pool if isinstance(pool, InstructionPool) else InstructionPool.load(pool)


def _resolved(benchmark: str, task: str) -> str:
    return get_task(benchmark, task).name if benchmark else task


def _given(prompts: PromptSettings | Mapping[str, Any] | None) -> dict[str, Any]:
    """The settings of prompts that were given, by name."""
    if isinstance(prompts, PromptSettings):
        return {name: getattr(prompts, name) for name in _SETTINGS}
    for name in prompts or ():
        if name not in _SETTINGS:
            raise UnknownNameError("setting", name, _SETTINGS)
    return dict(prompts or {})


def checked_prompts(prompts: PromptSettings) -> PromptSettings:
    """The settings, with styles in one form.

    Raises:
        UnknownNameError: If a strategy or style is unknown.
    """
    for kind, name, known in (
        ("strategy", prompts.strategy, STRATEGIES),
        ("options style", prompts.options_style, OPTIONS_STYLES),
        ("region style", prompts.region_style, REGION_STYLES),
    ):
        if name not in known:
            raise UnknownNameError(kind, name, known)
    return prompts if prompts.styles is None else replace(prompts, styles=checked_styles(prompts.styles))


def _check(publication: Publication) -> None:
    tasks = publication.tasks
    for task in tasks:
        check_config(task)
    for split in dict.fromkeys(shard.split for shard in publication.shards):
        check_split(split)
    lacking = [task for task in tasks if task not in publication.pool]
    if lacking:
        raise PublicationError(
            f"The pool has no instructions for {', '.join(lacking)}. Publish the others with --config, or add "
            "instructions (`instraug expand`): readers could not make prompts for these."
        )
    check_styles(publication)
    if publication.augmented:
        _check_augmented(publication)


def check_styles(publication: Publication) -> None:
    """Check that each task has instructions of the styles that readers get.

    Raises:
        PublicationError: If a task has none.
        PoolError: If the pool has none at all.
    """
    if publication.prompts.styles is None:
        return
    selected = select(publication.pool, publication.prompts.styles)
    lacking = [task for task in publication.tasks if task not in selected]
    if lacking:
        raise PublicationError(
            f"The pool has no instructions of the styles {dict(publication.prompts.styles)} for "
            f"{', '.join(lacking)}. Publish the others with --config, or leave the styles to readers."
        )


def _check_augmented(publication: Publication) -> None:
    name = publication.augmented
    check_split(name)
    splits = {shard.split for shard in publication.shards}
    taken = {*publication.tasks, *splits, DEFAULT, INSTRUCTIONS, "train", "eval", "data"}
    if name in taken:
        raise PublicationError(f"The augmented split cannot be called {name!r}: that name is taken. Try 'train_aug'.")
    if publication.variants < 1:
        raise SettingError(f"variants must be a whole number from 1, but got {publication.variants!r}.")
    if not any(shard.split == "train" and publication.role(shard.task) == "train" for shard in publication.shards):
        raise PublicationError(f"There is nothing to write into {name!r}: no task has a split `train` for training.")


def source_titles() -> dict[str, tuple[str, str]]:
    """The full name and the page of each declared source."""
    listed = importlib.import_module("instraug_datasets.builders").list_sources()
    return {source.name: (source.title, source.homepage) for source in listed}
