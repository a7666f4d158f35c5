"""Reading what was published: recipe and pool of a repository, so that readers get the prompts of the publisher."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    EntryNotFoundError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from ..errors import HubError, PoolError
from ..pool import InstructionPool
from .calls import Caller
from .naming import POOL_FILE, RECIPE
from .recipe import Recipe
from .repository import MAIN

__all__ = ["load_published_pool", "load_recipe"]

_log = logging.getLogger(__name__)


def load_recipe(repo_id: str, *, revision: str | None = None, token: str | None = None) -> Recipe | None:
    """The recipe of a published data set; None where the repository has none.

    Raises:
        HubError: If the repository or revision cannot be read.
        PublicationError: If the file is not a recipe, or the repository id is malformed.
    """
    reader = _Reader(HfApi(token=token), repo_id, Caller())
    return reader.recipe(reader.commit(revision))


def load_published_pool(
    repo_id: str, *, revision: str | None = None, caller: Caller | None = None
) -> tuple[InstructionPool, Recipe | None]:
    """The pool of a repository, and its recipe if it has one: both of one commit, never of another that is cached.

    Raises:
        HubError: If the repository or revision cannot be read.
        PoolError: If it has no pool, or a pool whose digest differs from the recipe's.
    """
    reader = _Reader(HfApi(), repo_id, caller or Caller())
    commit = reader.commit(revision)
    recipe = reader.recipe(commit)
    if recipe is None:
        return InstructionPool.load(repo_id, revision=commit), None
    file = reader.download(POOL_FILE, commit)
    pool = InstructionPool.load(repo_id, revision=commit) if file is None else InstructionPool.load(file)
    if pool.digest != recipe.digest:
        raise PoolError(
            f"The pool of {repo_id} has the digest {pool.digest}, but its recipe was written for {recipe.digest}: "
            "one of them was changed by hand. Publish the data set again, or pass the pool that you want: "
            "augment(ds, InstructionPool.load(...))."
        )
    return pool, recipe


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads files of one commit of a repository."""

    api: HfApi
    repo_id: str
    caller: Caller

    def commit(self, revision: str | None) -> str:
        """The commit that a revision stands for now; offline, the one that was read last."""
        if constants.HF_HUB_OFFLINE:
            _log.warning("Offline: the pool of %s is the one that was read last.", self.repo_id)
            return revision or MAIN
        try:
            info = self.caller(
                lambda: self.api.repo_info(self.repo_id, repo_type="dataset", revision=revision),
                "read",
                self.repo_id,
                revision or "",
            )
        except (RepositoryNotFoundError, RevisionNotFoundError) as error:
            kind = "repository" if isinstance(error, RepositoryNotFoundError) else f"revision {revision!r}"
        else:
            return str(info.sha)
        raise HubError(
            f"Cannot read {self.repo_id}: there is no such {kind}, or you may not see it. "
            "Log in with `hf auth login` if it is private."
        )

    def recipe(self, commit: str) -> Recipe | None:
        file = self.download(RECIPE, commit)
        if file is None:
            return None
        return Recipe.from_yaml(file.read_text(encoding="utf-8"), place=f"{RECIPE} of {self.repo_id}")

    def download(self, path: str, commit: str) -> Path | None:
        """A file of a commit, as a local copy; None if it has no such file."""

        def downloaded() -> str | None:
            try:
                return str(self.api.hf_hub_download(self.repo_id, path, repo_type="dataset", revision=commit))
            except LocalEntryNotFoundError:
                raise  # not in the cache, and no connection: that says nothing of the repository
            except EntryNotFoundError:
                return None

        local = self.caller(downloaded, f"read {path} of", self.repo_id)
        return None if local is None else Path(local)
