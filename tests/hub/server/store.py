"""The state of a server: where its repositories are, who may do what, and how it behaves."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from .exchange import Refusal, Request
from .repository import Repository

READ_TOKEN, WRITE_TOKEN = "hf_read", "hf_write"
FOREIGN = "other"
"""The namespace that nobody may write to."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


@dataclass(slots=True)
class Store:
    """What handlers work on.

    Attributes:
        page: How many entries of a tree one answer holds.
        part: The size of the parts of a multipart upload; 0 for uploads in one part.
        xet: The folder of a local Xet store; None for a server without Xet.
    """

    root: Path
    page: int = 1000
    part: int = 0
    xet: Path | None = None
    base: str = ""
    cdn: str = ""
    uploaded: list[str] = field(default_factory=list)

    def folder(self, namespace: str, name: str) -> Path:
        if not _NAME.fullmatch(namespace) or not _NAME.fullmatch(name):
            raise Refusal(400, f"Invalid repo name: {namespace}/{name}")
        return self.root / namespace / f"{name}.git"

    def repository(self, request: Request, *, write: bool = False) -> Repository:
        """The repository that a request is about.

        Raises:
            Refusal: There is none, or the token does not allow it.
        """
        token = bearer(request)
        namespace = request.value("namespace")
        folder = self.folder(namespace, request.value("name"))
        if not folder.is_dir() or (token is None and Repository(folder).private):
            raise Refusal(404 if token else 401, "Repository not found", "RepoNotFound")
        if write:
            may_write(token, namespace)
        return Repository(folder)

    def at(self, repo_id: str) -> Repository:
        """A repository by its id, for tests to look into."""
        namespace, name = repo_id.split("/")
        return Repository(self.folder(namespace, name))

    def exists(self, repo_id: str) -> bool:
        namespace, name = repo_id.split("/")
        return self.folder(namespace, name).is_dir()


def bearer(request: Request) -> str | None:
    """The token of a request, if it has one.

    Raises:
        Refusal: The token is not known.
    """
    header = request.headers.get("authorization")
    if header is None:
        return None
    token = header.removeprefix("Bearer ")
    if token not in (READ_TOKEN, WRITE_TOKEN):
        raise Refusal(401, "Invalid credentials in Authorization header")
    return token


def may_write(token: str | None, namespace: str) -> None:
    """Refuse those who may not write."""
    if token is None:
        raise Refusal(401, "Invalid username or password.")
    if token != WRITE_TOKEN or namespace == FOREIGN:
        advice = f'you must use a write token to upload to a repository in the namespace "{namespace}"'
        raise Refusal(403, f"Forbidden: {advice}")
