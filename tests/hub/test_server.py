"""The server that stands in for the Hub: the real clients read what they wrote, and it refuses what the Hub would."""

from pathlib import Path

import pytest
from datasets import Dataset

from tests.hub import plain_jobs
from tests.hub.client import Client, ClientError
from tests.hub.server.faults import Fault
from tests.hub.server.hub import Hub

IDS = [f"{number}" for number in range(2000)]
CARD = "---\nconfigs:\n- config_name: some\n  data_files: data/train.parquet\n---\n# Some\n"


@pytest.fixture
def shard(tmp_path: Path) -> str:
    """A Parquet file of several row groups."""
    path = tmp_path / "train.parquet"
    Dataset.from_dict({"unique_id": IDS}).to_parquet(str(path), batch_size=500)
    return str(path)


def test_what_is_written_is_read(hub: Hub, client: Client, shard: str) -> None:
    """A commit of small and large files loads map-style, as a stream, by `hf://` and file by file."""
    client.run(plain_jobs.commit, "me/some", {"README.md": CARD, "data/train.parquet": shard})
    assert client.run(plain_jobs.load, "me/some", "some", "train", True) == IDS
    assert client.run(plain_jobs.load, "me/some", "some", "train", False) == IDS
    assert client.run(plain_jobs.glob, "datasets/me/some/**/*.parquet") == ["datasets/me/some/data/train.parquet"]
    assert client.run(plain_jobs.download, "me/some", "README.md") == CARD
    assert client.run(plain_jobs.list_files, "me/some") == [".gitattributes", "README.md", "data/train.parquet"]


def test_large_files_come_from_another_origin_without_the_token(hub: Hub, client: Client, shard: str) -> None:
    """Streams read ranges of large files there, and neither storage nor CDN ever sees a token."""
    client.run(plain_jobs.commit, "me/some", {"README.md": CARD, "data/train.parquet": shard})
    client.run(plain_jobs.load, "me/some", "some", "train", True)
    outside = [each for each in hub.log if "/_cdn/" in each.line or "/_storage/" in each.line]
    assert {each.headers["host"].split(":")[0] for each in outside if "/_cdn/" in each.line} == {"localhost"}
    assert [each for each in outside if "authorization" in each.headers] == []
    assert any(each.status == 206 for each in outside)


def test_large_files_may_come_in_parts(hub: Hub, client: Client, shard: str) -> None:
    """A file above the size of a part is put together from parts."""
    hub.store.part = 1000
    client.run(plain_jobs.commit, "me/some", {"README.md": CARD, "data/train.parquet": shard})
    assert len(hub.lines("PUT /_storage/")) == -(-Path(shard).stat().st_size // 1000)
    assert client.run(plain_jobs.load, "me/some", "some", "train", False) == IDS


def test_trees_come_in_pages(hub: Hub, client: Client) -> None:
    """A client that follows the pages sees every file once."""
    hub.store.page = 3
    files = {f"notes/{number}.txt": str(number) for number in range(10)}
    client.run(plain_jobs.commit, "me/some", files)
    assert len(client.run(plain_jobs.glob, "datasets/me/some/notes/*.txt")) == 10
    assert len(hub.lines("cursor=")) == 3


def test_a_commit_on_a_stale_parent_is_refused(hub: Hub, client: Client) -> None:
    """Of two commits on one parent the second gets 412, and leaves nothing."""
    client.run(plain_jobs.commit, "me/some", {"a.txt": "1"})
    parent = hub.store.at("me/some").resolve("main")
    client.run(plain_jobs.commit, "me/some", {"b.txt": "2"}, (), parent)
    with pytest.raises(ClientError, match="412"):
        client.run(plain_jobs.commit, "me/some", {"c.txt": "3"}, ("a.txt",), parent)
    assert set(hub.store.at("me/some").files()) == {".gitattributes", "a.txt", "b.txt"}


def test_a_pull_request_leaves_the_branch_alone(hub: Hub, client: Client) -> None:
    """Its files are at `refs/pr/1` only, and are read from there."""
    client.run(plain_jobs.commit, "me/some", {"a.txt": "old"})
    made = client.run(plain_jobs.commit, "me/some", {"a.txt": "new"}, (), None, True)
    assert made["pr"] == "refs/pr/1"
    assert client.run(plain_jobs.download, "me/some", "a.txt", "refs/pr/1") == "new"
    assert client.run(plain_jobs.download, "me/some", "a.txt") == "old"


@pytest.mark.parametrize(
    ("token", "repo_id", "status"), [("hf_read", "me/some", 403), ("hf_write", "other/some", 403), ("bad", "me/x", 401)]
)
def test_tokens_are_looked_at(hub: Hub, client: Client, token: str, repo_id: str, status: int) -> None:
    """A token that may only read, a foreign namespace and an unknown token are refused, each with its status."""
    with pytest.raises(ClientError, match=str(status)):
        client.run(plain_jobs.commit, repo_id, {"a.txt": "1"}, HF_TOKEN=token)
    assert not hub.store.exists(repo_id)


def test_a_card_that_is_no_yaml_is_refused(hub: Hub, client: Client) -> None:
    """As the Hub does, before the commit."""
    with pytest.raises(ClientError, match="bad yaml"):
        client.run(plain_jobs.commit, "me/some", {"README.md": "---\na: [\n---\n"})
    assert hub.store.at("me/some").log() == ["initial commit"]


def test_xet_stores_content_once(hub: Hub, client: Client, shard: str, tmp_path: Path) -> None:
    """The real Xet client uploads to a local store and reads from it; equal content takes no room twice."""
    hub.store.xet = tmp_path / "store"
    files = {"README.md": CARD, "data/train.parquet": shard}
    client.run(_with_xet, "commit", "me/some", files)
    assert hub.lines("PUT /_storage/") == []
    assert client.run(_with_xet, "load", "me/some", "some", "train", False) == IDS
    assert client.run(plain_jobs.load, "me/some", "some", "train", True) == IDS


def _with_xet(name: str, *arguments: object) -> object:
    import huggingface_hub

    huggingface_hub.constants.HF_HUB_DISABLE_XET = False
    return getattr(plain_jobs, name)(*arguments)


def test_faults_come_as_ordered(hub: Hub, client: Client) -> None:
    """A commit that is carried out but answered with 502 is there although the client raises."""
    client.run(plain_jobs.commit, "me/some", {"a.txt": "1"})
    hub.faults.ordered = [Fault(match="POST .*/commit/", status=502, after=True)]
    with pytest.raises(ClientError, match="502"):
        client.run(plain_jobs.commit, "me/some", {"b.txt": "2"})
    assert "b.txt" in hub.store.at("me/some").files()
