"""Where things are in a published repository, and which names can be loaded from it.

The layout keeps loading cheap: `datasets` resolves the patterns of the first config on every load, and a pattern below
one folder costs a single listing, however many tasks that folder has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..errors import PublicationError

__all__ = [
    "CARD",
    "DEFAULT",
    "INSTRUCTIONS",
    "POOL_FILE",
    "RECIPE",
    "Configs",
    "check_config",
    "check_split",
    "configs_of",
    "in_order",
    "is_ours",
    "shard_path",
    "task_of",
]

CARD, RECIPE = "README.md", "augmentation.yaml"
DEFAULT, INSTRUCTIONS = "default", "instructions"
POOL_FILE = f"{INSTRUCTIONS}/train-00000-of-00001.parquet"

Configs = dict[str, dict[str, str]]
"""The pattern of files by config and split."""

_FOLDERS = {"train": "train", "eval": "eval"}
_LONGEST = 96
_CONFIG = re.compile(r"[^<>:/\\|?*\x00-\x1f]+")
_SPLIT = re.compile(r"\w+(\.\w+)*")
_PATH = re.compile(r"(?P<folder>[^/]+)/(?P<task>[^/]+)/(?P<split>[^/]+)-\d{5}-of-\d{5}\.parquet")


def check_config(name: str) -> None:
    """Refuse names of configs that the Hub takes and `datasets` cannot load.

    Raises:
        PublicationError: If `name` is one of them.
    """
    if name in ("data", DEFAULT, INSTRUCTIONS):
        raise PublicationError(
            f"A config cannot be called {name!r}: that name has a meaning of its own. Rename the task."
        )
    if not _CONFIG.fullmatch(name) or name != name.strip() or len(name) > _LONGEST:
        raise PublicationError(
            f"The config {name[:100]!r} could be published but never loaded: expected at most {_LONGEST} characters, "
            "none of < > : / \\ | ? * and no space at either end."
        )


def check_split(name: str) -> None:
    """Refuse names of splits that the Hub takes and `datasets` cannot load.

    Raises:
        PublicationError: If `name` is one of them.
    """
    if name == "all" or not _SPLIT.fullmatch(name):
        raise PublicationError(
            f"The split {name!r} could be published but never loaded: expected letters, digits, `_` and `.`, "
            "and any name but 'all'."
        )


def shard_path(role: str, task: str, split: str, number: int, count: int) -> str:
    """Where a shard goes: `role` is `train` or `eval`, or the name of an augmented split."""
    return f"{_FOLDERS.get(role, role)}/{task}/{split}-{number:05d}-of-{count:05d}.parquet"


def is_ours(path: str, augmented: Iterable[str] = ()) -> bool:
    """Whether a file is one that a publication writes and may remove."""
    found = _PATH.fullmatch(path)
    return found is not None and found["folder"] in {*_FOLDERS.values(), *augmented}


def task_of(path: str) -> str | None:
    """The task of a shard, by its path."""
    found = _PATH.fullmatch(path)
    return found["task"] if found else None


def configs_of(paths: Iterable[str], *, order: Iterable[str] = (), augmented: Iterable[str] = ()) -> Configs:
    """The configs that a repository with these files has, the default one first and the pool last.

    Args:
        order: Tasks in the order that their configs shall have; others follow by name.
        augmented: The names of the augmented splits.
    """
    known = sorted(paths)
    shards = [found for found in map(_PATH.fullmatch, known) if found]
    ranks = {task: rank for rank, task in enumerate(order)}
    tasks: Configs = {}
    for found in sorted(shards, key=lambda found: (found["folder"] == "eval", ranks.get(found["task"], len(ranks)))):
        if found["folder"] in _FOLDERS.values():
            pattern = f"{found['folder']}/{found['task']}/{found['split']}-*.parquet"
            tasks.setdefault(found["task"], {})[found["split"]] = pattern
    default = _over_all_tasks(shards, _FOLDERS["train"])
    configs: Configs = {DEFAULT: default} if default else {}
    configs |= {task: _in_order(splits) for task, splits in tasks.items()}
    configs |= {name: splits for name in augmented if (splits := _over_all_tasks(shards, name))}
    if POOL_FILE in known:
        configs[INSTRUCTIONS] = {"train": f"{INSTRUCTIONS}/train-*.parquet"}
    return configs


def _over_all_tasks(shards: list[re.Match[str]], folder: str) -> dict[str, str]:
    splits = dict.fromkeys(found["split"] for found in shards if found["folder"] == folder)
    return _in_order({split: f"{folder}/*/{split}-*.parquet" for split in splits})


def _in_order(splits: Mapping[str, str]) -> dict[str, str]:
    return {split: splits[split] for split in in_order(splits)}


def in_order(splits: Iterable[str]) -> list[str]:
    """Each name of a split once: train, validation, test, then others by name."""
    usual = ("train", "validation", "test")
    return sorted(set(splits), key=lambda split: (usual.index(split) if split in usual else len(usual), split))
