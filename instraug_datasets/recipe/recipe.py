"""`TrainingRecipe`: a recipe file read, and `from_recipe`: data augmented as one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import fsspec
import yaml

from ..errors import PoolError, SettingError
from ..pool import InstructionPool
from ..pool_files import bundled_path
from ..safe_yaml import parse_yaml, yaml_problem
from ..storage import near_files
from ..stream import augment
from ..tasks import BENCHMARKS
from .prompt_settings import PromptSettings
from .schema import checked

__all__ = ["TrainingRecipe", "from_recipe", "read_recipe"]

Data = TypeVar("Data")

_PUBLISHED_POOL = "instructions/train-00000-of-00001.parquet"
"""Where a published recipe has its pool, beside itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe:
    """What determines the prompts of a training run.

    Attributes:
        benchmark: The benchmark; empty for data of one's own.
        tasks: The tasks to train on, by name; empty for all.
        pool: A pool as `InstructionPool.load` takes it; empty for the one beside a published recipe, or the
            benchmark's.
        digest: The digest that the pool must have; empty if any will do.
        prompts: The arguments of `augment`.
        epochs: The number of epochs of the training; None if it is not stated.
        wordings: The wordings to evaluate with, as `evaluate` takes them; None if they are not stated.
        folder: The folder or URL that a relative path of a pool starts from.
    """

    benchmark: str = ""
    tasks: tuple[str, ...] = ()
    pool: str = ""
    digest: str = ""
    prompts: PromptSettings = field(default_factory=PromptSettings)
    epochs: int | None = None
    wordings: int | str | tuple[str, ...] | None = None
    folder: str = "."

    @classmethod
    def from_yaml(cls, text: str, *, place: str = "instraug.yaml", folder: str = ".") -> TrainingRecipe:
        r"""Read the text of a recipe file.

        Args:
            place: What the file is called in messages.
            folder: See `TrainingRecipe.folder`.

        Raises:
            SettingError: Raised if the text is not YAML, or has unknown keys or invalid values; all of them are listed.

        Example:
            >>> TrainingRecipe.from_yaml("benchmark: multiinstruct\nprompts: {seed: 42}").prompts.seed
            42
        """
        try:
            values, problems = checked(parse_yaml(text) or {}, folder)
        except yaml.YAMLError as error:
            raise SettingError(f"{place}: invalid YAML: {yaml_problem(error)}") from error
        if len(problems) == 1:
            raise SettingError(f"{place}: {problems[0]}")
        if problems:
            listed = "\n".join(f"- {each}" for each in problems)
            raise SettingError(f"{place} has {len(problems)} problems:\n{listed}")
        return _recipe(values, folder)

    def load_pool(self) -> InstructionPool:
        """Load the pool.

        Raises:
            PoolError: Raised if the recipe names no pool, or its digest is not the one stated.
            UnknownNameError: Raised if there is no bundled pool of that name.
        """
        pool = self._load_named()
        if self.digest and pool.digest != self.digest:
            raise PoolError(
                f"The recipe is for the pool with digest {self.digest}, but the one found has {pool.digest}: one of "
                "them was changed. Name the pool that you want with `pool: {name: ...}`, or take the digest out."
            )
        lacking = [task for task in self.tasks if task not in pool]
        if lacking:
            raise PoolError(f"The recipe names tasks that its pool has no instructions for: {', '.join(lacking)}.")
        return pool

    def _load_named(self) -> InstructionPool:
        if not self.pool:
            beside = f"{self.folder}/{_PUBLISHED_POOL}"
            if self.digest and _exists(beside):
                return InstructionPool.load(beside)
            if not self.benchmark:
                raise PoolError("The recipe names neither a pool nor a benchmark; add `pool: pool.parquet`.")
            return InstructionPool.load(self.benchmark)
        if self.pool in BENCHMARKS or bundled_path(self.pool) is not None or "://" in self.pool:
            return InstructionPool.load(self.pool)
        beside = f"{self.folder}/{self.pool}"
        if not Path(self.pool).is_absolute() and _exists(beside):
            return InstructionPool.load(beside)
        name, _, revision = self.pool.partition("@")
        return InstructionPool.load(name, revision or None)


def read_recipe(path: str | Path) -> TrainingRecipe:
    """Read a recipe from a file or an fsspec URL: one's own `instraug.yaml`, or a published `augmentation.yaml`.

    Raises:
        SettingError: Raised if the file cannot be read, is not YAML, or has unknown keys or invalid values; all of
            them are listed.

    Example:
        >>> read_recipe("hf://datasets/you/data/augmentation.yaml").prompts.seed
    """
    address = str(path)
    try:
        with fsspec.open(address, "rb") as file:
            text = file.read().decode("utf-8")
    except Exception as error:
        # Storage back ends may raise anything.
        reason = getattr(error, "strerror", None) or error
        near = near_files(address) if isinstance(error, FileNotFoundError) else ""
        raise SettingError(f"Cannot read the recipe {address!r}: {reason}.{near}") from error
    return TrainingRecipe.from_yaml(text, place=address, folder=address.rpartition("/")[0] or ".")


def from_recipe(dataset: Data, recipe: TrainingRecipe | str | Path, **options: Any) -> Data:
    """Augment data as a recipe says.

    Args:
        dataset: As in `augment`.
        recipe: A recipe, or its file.
        options: Other options of `augment`, or other values of those that the recipe has. If the recipe names one task
            and the data have no column `task`, it is the task of every example.

    Raises:
        SettingError: Raised if the recipe is invalid; see also `augment`.
        PoolError: Raised if the pool cannot be read or is not the one of the recipe.

    Example:
        >>> ds = from_recipe(load_dataset("multiinstruct", "ITM", data_dir="raw_datasets"), "instraug.yaml")
    """
    read = recipe if isinstance(recipe, TrainingRecipe) else read_recipe(recipe)
    pool = options.pop("pool", None) or read.load_pool()
    if len(read.tasks) == 1 and "task" not in (options.get("columns") or ()) and _lacks_task(dataset):
        options.setdefault("task", read.tasks[0])
    augmented: Data = augment(dataset, pool, **{**read.prompts.stated(), **options})
    return augmented


def _lacks_task(dataset: Any) -> bool:
    """Whether the columns of the data, of every split, are known, and none is called `task`."""
    splits = dataset.values() if isinstance(dataset, Mapping) else [dataset]
    names = [getattr(split, "column_names", None) for split in splits]
    return all(known is not None and "task" not in known for known in names)


def _recipe(values: Mapping[tuple[str, str], Any], folder: str) -> TrainingRecipe:
    return TrainingRecipe(
        benchmark=values.get(("", "benchmark"), ""),
        tasks=values.get(("", "tasks")) or _published_tasks(values.get(("", "configs"), {})),
        pool=values.get(("", "pool"), values.get(("pool", "name"), "")),
        digest=values.get(("pool", "digest"), ""),
        prompts=PromptSettings(**{name: value for (section, name), value in values.items() if section == "prompts"}),
        epochs=values.get(("", "epochs")),
        wordings=values.get(("evaluation", "wordings")),
        folder=folder,
    )


def _published_tasks(configs: Mapping[str, Any]) -> tuple[str, ...]:
    """The tasks for training of a published recipe."""
    return tuple(
        str(name) for name, facts in configs.items() if isinstance(facts, Mapping) and facts.get("role") == "train"
    )


def _exists(address: str) -> bool:
    system, inside = fsspec.core.url_to_fs(address)
    return bool(system.exists(inside))
