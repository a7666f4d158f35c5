"""What clients that know nothing of this package do with the server."""

from typing import Any

import datasets
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, HfFileSystem, hf_hub_download


def commit(
    repo_id: str, files: dict[str, str], deleted: tuple[str, ...] = (), parent: str | None = None, pr: bool = False
) -> dict[str, Any]:
    """One commit of files, by path and the local file or text that they hold."""
    api = HfApi()
    api.create_repo(repo_id, repo_type="dataset", exist_ok=True)
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        *(
            CommitOperationAdd(path, local if local.startswith("/") else local.encode())
            for path, local in files.items()
        ),
        *(CommitOperationDelete(path) for path in deleted),
    ]
    made = api.create_commit(
        repo_id,
        operations,
        commit_message="A commit",
        repo_type="dataset",
        parent_commit=parent,
        create_pr=pr,
    )
    return {"oid": made.oid, "pr": made.pr_revision}


def load(repo_id: str, name: str | None, split: str, streaming: bool, revision: str | None = None) -> list[str]:
    """The ids of a split."""
    loaded = datasets.load_dataset(repo_id, name, split=split, streaming=streaming, revision=revision)
    return [row["unique_id"] for row in loaded]


def load_first(repo_id: str, name: str | None, split: str) -> str:
    """The id of the first example of a stream."""
    loaded = datasets.load_dataset(repo_id, name, split=split, streaming=True)
    return str(next(iter(loaded))["unique_id"])


def columns(repo_id: str, name: str, split: str) -> dict[str, Any]:
    """A split as columns, pictures undecoded."""
    loaded = datasets.load_dataset(repo_id, name, split=split)
    table = loaded.with_format("arrow")[:]
    return {column: table[column].to_pylist() for column in table.column_names if column != "images"}


def list_files(repo_id: str) -> list[str]:
    """Every file of a repository, by the API."""
    return HfApi().list_repo_files(repo_id, repo_type="dataset")


def glob(pattern: str) -> list[str]:
    """The files that match, by `hf://`."""
    return sorted(HfFileSystem().glob(pattern))


def download(repo_id: str, path: str, revision: str | None = None) -> str:
    """The text of a file."""
    local = hf_hub_download(repo_id, path, repo_type="dataset", revision=revision)
    with open(local, encoding="utf-8") as file:  # noqa: PTH123 - what a user would write
        return file.read()


def push(repo_id: str, name: str, ids: list[str]) -> None:
    """`push_to_hub` as it is."""
    datasets.Dataset.from_dict({"unique_id": ids}).push_to_hub(repo_id, name)
