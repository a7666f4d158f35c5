"""How far a publication is, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

__all__ = ["Progress", "Published", "Step", "own_progress_bar_only"]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a publication is.

    Attributes:
        path: The shard that is being looked at or uploaded.
    """

    done: int
    total: int
    path: str


Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of a publication.

    Attributes:
        commit: The commit that holds it; None for a pull request whose commit is not known.
        pull_request: The pull request's revision (`refs/pr/1`), if there is one.
        uploaded: The shards that were uploaded; others were there already.
        changed: Whether there was anything to do.
    """

    repo_id: str
    revision: str
    commit: str | None
    pull_request: str | None = None
    uploaded: tuple[str, ...] = ()
    changed: bool = True


@contextmanager
def own_progress_bar_only(*, active: bool) -> Iterator[None]:
    """Without the client's bars, one a file, where ours is shown."""
    if not active or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
