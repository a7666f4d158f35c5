"""What a repository holds at one commit, as far as a publication needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile

from ..errors import PublicationError
from .calls import Caller
from .naming import CARD, RECIPE
from .recipe import Recipe

__all__ = ["MAIN", "RemoteFile", "RepositoryState", "read_state"]

MAIN = "main"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository.

    Attributes:
        sha256: Its SHA-256; None for a small file, which git keeps.
    """

    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """A repository at one commit.

    Attributes:
        exists: Whether there is such a repository; False if that is not known.
        head: The commit; None where there is no repository, or no such branch, yet.
        unseen: Why the Hub could not be asked, and the repository is taken to be empty; None if it was asked.
    """

    repo_id: str
    revision: str = MAIN
    exists: bool = True
    head: str | None = None
    unseen: str | None = None
    files: Mapping[str, RemoteFile] = field(default_factory=dict)
    card: str | None = None
    recipe: Recipe | None = None


def read_state(api: HfApi, repo_id: str, *, revision: str | None = None, caller: Caller) -> RepositoryState:
    """What the repository holds now.

    Raises:
        HubError: If the repository cannot be read.
        PublicationError: If its recipe cannot be read, or the repository id is malformed.
    """
    wanted = revision or MAIN
    if "/" not in repo_id:
        raise PublicationError(
            f"The repository id {repo_id!r} lacks its owner. Expected a repository id like 'you/{repo_id}'."
        )
    try:
        info = caller(lambda: api.repo_info(repo_id, repo_type="dataset", revision=wanted), "look at", repo_id, wanted)
    except RepositoryNotFoundError:
        return RepositoryState(repo_id=repo_id, revision=wanted, exists=False)
    except RevisionNotFoundError:
        return RepositoryState(repo_id=repo_id, revision=wanted)
    head = str(info.sha)

    def listed() -> dict[str, RemoteFile]:
        entries = api.list_repo_tree(repo_id, repo_type="dataset", revision=head, recursive=True)
        return {
            entry.path: RemoteFile(entry.size, entry.lfs.sha256 if entry.lfs else None)
            for entry in entries
            if isinstance(entry, RepoFile)
        }

    def read(path: str) -> str:
        local = api.hf_hub_download(repo_id, path, repo_type="dataset", revision=head)
        with Path(local).open(encoding="utf-8", newline="") as file:  # the card keeps its own line ends
            return file.read()

    files = caller(listed, "list the files of", repo_id, wanted)
    card = caller(lambda: read(CARD), "read the card of", repo_id, wanted) if CARD in files else None
    text = caller(lambda: read(RECIPE), "read the recipe of", repo_id, wanted) if RECIPE in files else None
    recipe = None if text is None else Recipe.from_yaml(text, place=f"{RECIPE} of {repo_id}")
    return RepositoryState(repo_id=repo_id, revision=wanted, head=head, files=files, card=card, recipe=recipe)
