"""`augment`, and pools given as `you/data`: a published repository brings its pool and the options of its recipe."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from .stream import augment as _augment
from .tasks import BENCHMARKS

__all__ = ["augment", "with_recipes"]

P = ParamSpec("P")
R = TypeVar("R")

_REPO_ID = re.compile(r"(?P<repo_id>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>[^@]+))?")


def with_recipes(augment: Callable[P, R]) -> Callable[P, R]:
    """`augment` with its pool and missing arguments from the recipe of a repository, where the pool is given as one."""

    @wraps(augment)
    def augmented(*args: P.args, **kwargs: P.kwargs) -> R:
        arguments, named = list(args), dict(kwargs)
        if arguments:
            _warn_of_token(arguments[0])
        pool = arguments[1] if len(arguments) > 1 else named.get("pool")
        found = _published_as(pool)
        if found is not None:
            # Nothing else of augmenting needs the modules for the Hub, which take a while to import.
            from .hub import load_published_pool

            read, recipe = load_published_pool(found[0], revision=found[1])
            named = {**(recipe.settings() if recipe else {}), **named}
            if len(arguments) > 1:
                arguments[1] = read
            else:
                named["pool"] = read
        return augment(*arguments, **named)  # type: ignore[arg-type]  # the arguments that came in, and the recipe's

    return augmented


def _published_as(pool: object) -> tuple[str, str | None] | None:
    """The repository and revision that `you/data` or `you/data@revision` names; None for anything else."""
    if not isinstance(pool, str) or pool in BENCHMARKS or Path(pool).exists() or pool.endswith((".parquet", ".tsv")):
        return None
    found = _REPO_ID.fullmatch(pool)
    return None if found is None else (found["repo_id"], found["revision"])


def _warn_of_token(dataset: Any) -> None:
    """Say it where a stream carries a token, which every pickle of it would hold, ours among them."""
    datasets = dataset.values() if isinstance(dataset, Mapping) else [dataset]
    tokens = [getattr(each, "_token_per_repo_id", None) or {} for each in datasets]
    if any(isinstance(token, str) for each in tokens for token in each.values()):
        warnings.warn(
            "The stream was opened with token=..., which every pickle of it holds: checkpoints, and what is sent to "
            "workers. Log in with `hf auth login` or set HF_TOKEN instead, and leave token= out.",
            UserWarning,
            stacklevel=3,
        )


augment = with_recipes(_augment)
