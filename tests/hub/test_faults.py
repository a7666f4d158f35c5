"""Faults: whatever goes wrong, a repository is in its old state or in the new one, and the message says what to do."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.pool import InstructionPool
from tests.hub import our_jobs, plain_jobs
from tests.hub.client import Client, ClientError
from tests.hub.server.faults import Fault
from tests.hub.server.hub import Hub
from tests.hub.test_publish import REPO, publish

SMALL: dict[str, Any] = {"tasks": ["image_quality"], "rights": ["all"]}
MORE: dict[str, Any] = {"tasks": ["image_quality", "ITM"], "rights": ["all"]}
MOST: dict[str, Any] = {"tasks": ["image_quality", "ITM", "commonsense_VQA"], "rights": ["all"]}

CALLS = {
    "repo_info": "GET /api/datasets/[^/]+/[^/]+/revision/",
    "tree": "GET .*/tree/",
    "card": "GET .*/resolve/.*README",
    "recipe": "GET .*/resolve/.*augmentation",
    "preupload": "POST .*/preupload/",
    "batch": "POST .*/objects/batch",
    "put": "PUT /_storage/",
    "verify": "POST /_verify/",
    "validate": "POST /api/validate-yaml",
    "commit": "POST .*/commit/",
}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of a server with one published task, and what was uploaded; filled by the first test that needs it."""
    return tmp_path_factory.mktemp("small") / "hub", []


@pytest.fixture
def published(hub: Hub, client: Client, built: Path, small: tuple[Path, list[str]]) -> dict[str, str]:
    """A repository with one task; its files as they were."""
    folder, uploaded = small
    if not folder.exists():
        publish(client, built, **SMALL)
        shutil.copytree(hub.store.root, folder)
        uploaded.extend(hub.store.uploaded)
    else:
        shutil.copytree(folder, hub.store.root, dirs_exist_ok=True)
        hub.store.uploaded.extend(uploaded)
    return hub.store.at(REPO).files()


@pytest.mark.parametrize(("call", "status"), [*((call, 503) for call in CALLS), ("batch", 429), ("commit", 429)])
def test_a_call_that_fails_once_is_made_again(
    hub: Hub, client: Client, built: Path, published: dict[str, str], call: str, status: int
) -> None:
    """A publication gets past one failure of any call, and the repository is in the new state."""
    hub.faults.ordered = [Fault(match=CALLS[call], status=status, headers={"Retry-After": "0"})]
    made = publish(client, built, **MORE)
    assert hub.faults.ordered[0].times == 0
    assert made["commit"] == hub.store.at(REPO).resolve("main")
    assert set(hub.store.at(REPO).files()) > set(published)


@pytest.mark.parametrize("after", ["-1", "nan", "soon"])
def test_a_wait_that_is_no_time_is_not_waited(
    hub: Hub, client: Client, built: Path, published: dict[str, str], after: str
) -> None:
    """Where `Retry-After` is no number of seconds, the next attempt comes as it does without."""
    hub.faults.ordered = [Fault(match=CALLS["repo_info"], status=503, headers={"Retry-After": after})]
    publish(client, built, **MORE)
    assert set(hub.store.at(REPO).files()) > set(published)


@pytest.mark.parametrize("call", ["repo_info", "commit"])
def test_a_call_that_keeps_failing_leaves_the_old_state(
    hub: Hub, client: Client, built: Path, published: dict[str, str], call: str
) -> None:
    """The error names the status and says that nothing has changed."""
    hub.faults.ordered = [Fault(match=CALLS[call], status=503, times=99)]
    with pytest.raises(
        ClientError, match=r"the Hub answered 503 .* Nothing has changed there; try again later"
    ) as error:
        publish(client, built, **MORE)
    assert error.value.kinds[0] == "HubError"
    assert hub.store.at(REPO).files() == published


def test_a_commit_that_was_made_but_answered_502_is_recognised(
    hub: Hub, client: Client, built: Path, published: dict[str, str]
) -> None:
    """The publication succeeds, and there is no second commit."""
    hub.faults.ordered = [Fault(match=CALLS["commit"], status=502, after=True)]
    made = publish(client, built, **MORE)
    assert made["commit"] == hub.store.at(REPO).resolve("main")
    assert len(hub.store.at(REPO).log()) == 3


def test_a_pull_request_that_was_opened_but_answered_502_is_recognised(
    hub: Hub, client: Client, built: Path, published: dict[str, str]
) -> None:
    """It is found, not opened twice, and the branch is as it was."""
    hub.faults.ordered = [Fault(match=CALLS["commit"], status=502, after=True)]
    made = publish(client, built, **MORE, create_pr=True)
    assert made["pull_request"] == "refs/pr/1"
    assert [ref for ref, _ in hub.store.at(REPO).refs() if ref.startswith("refs/pr/")] == ["refs/pr/1"]
    assert hub.store.at(REPO).files() == published


def test_a_connection_that_is_cut_in_the_middle_of_an_upload_is_taken_up(
    hub: Hub, client: Client, built: Path, published: dict[str, str]
) -> None:
    """The shard is sent again, whole."""
    hub.faults.ordered = [Fault(match=CALLS["put"], cut=1000)]
    publish(client, built, **MORE)
    assert len(client.run(plain_jobs.load, REPO, "ITM", "train", False)) == 6


@pytest.mark.parametrize(
    ("token", "repo_id", "says"),
    [
        ("hf_read", "instraug/multiinstruct", "your token does not allow it"),
        ("hf_write", "other/multiinstruct", "your token does not allow it"),
        ("hf_secret", "instraug/multiinstruct", "the Hub does not know who you are"),
        ("", "instraug/multiinstruct", "the Hub does not know who you are"),
    ],
)
def test_who_may_not_write_is_told_how_to_log_in(
    hub: Hub, client: Client, built: Path, token: str, repo_id: str, says: str
) -> None:
    """The message says what the Hub said and how to log in; no token is in it, nor in what was printed."""
    client.environment["HF_TOKEN"] = token
    with pytest.raises(ClientError, match=f"{says} .*hf auth login.*HF_TOKEN") as error:
        publish(client, built, repo_id, **SMALL)
    assert error.value.kinds[0] == "HubError"
    assert not token or token not in f"{error.value.message}{error.value.output}"
    assert not hub.store.exists(repo_id)


@pytest.mark.parametrize(
    "repo_id", ["multiinstruct", "a/multiinstruct/b/multiinstruct", "in straug/multiinstruct", "x--y/multiinstruct"]
)
def test_a_malformed_repository_id_is_refused(hub: Hub, client: Client, built: Path, repo_id: str) -> None:
    """Before anything is asked of the Hub, with an example of a good one."""
    options = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet")}
    with pytest.raises(ClientError, match="Expected a repository id like 'you/multiinstruct'") as error:
        client.run(our_jobs.publish, "multiinstruct", repo_id, options)
    assert error.value.kinds[0] == "PublicationError"
    assert hub.log == []


def test_a_hub_without_xet_is_explained(hub: Hub, client: Client, built: Path, published: dict[str, str]) -> None:
    """The Xet client falls back to nothing; the message says how to do without it."""
    options = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet"), **MORE}
    with pytest.raises(ClientError, match="HF_HUB_DISABLE_XET=1 uploads without Xet") as error:
        client.run(our_jobs.publish_with_xet, "multiinstruct", REPO, options)
    assert "HubError" in error.value.kinds
    assert hub.store.at(REPO).files() == published


def test_an_unknown_revision_is_named(hub: Hub, client: Client, published: dict[str, str]) -> None:
    """A reader is told which, whether the pool is read by us or loaded as data."""
    for job in (our_jobs.digest, our_jobs.load_pool):
        with pytest.raises(ClientError, match="nowhere"):
            client.run(job, REPO, "nowhere")


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=[] if number % 3 == 1 else [pytest.mark.full]) for number in range(20)]
)
def test_a_publisher_that_is_killed_leaves_the_old_state_or_the_new_one(
    hub: Hub, client: Client, built: Path, published: dict[str, str], number: int
) -> None:
    """Killed at any request; the next run uploads only what is missing, and ends in the new state."""
    repository = hub.store.at(REPO)
    pids: list[int] = []
    hub.log.clear()
    hub.faults.ordered = [Fault(skip=number, action=lambda: os.kill(pids[0], signal.SIGKILL))]
    hub.faults.hold.clear()
    options = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet"), **MOST}
    job = client.start(our_jobs.publish, "multiinstruct", REPO, options)
    pids.append(job.pid)
    hub.faults.hold.set()
    assert job.wait() == -signal.SIGKILL
    before = repository.files()
    arrived = list(hub.store.uploaded)
    publish(client, built, **MOST)
    after = repository.files()
    assert before in (published, after)
    assert len(hub.store.uploaded) == len(set(hub.store.uploaded)), "something was uploaded twice"
    assert set(arrived) <= set(hub.store.uploaded)
    assert len(client.run(plain_jobs.load, REPO, "ITM", "train", False)) == 6


def test_three_publishers_at_once_all_succeed(hub: Hub, client: Client, built: Path) -> None:
    """Each publishes a task of its own; afterwards the repository has all three, in the card and in the recipe."""
    publish(client, built, tasks=["image_quality"], rights=["all"])
    tasks = ("ITM", "open-domain_VQA", "commonsense_VQA")
    data = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet"), "rights": ["all"]}
    jobs = [client.start(our_jobs.publish, "multiinstruct", REPO, {**data, "tasks": [task]}) for task in tasks]
    for job in jobs:
        job.result()
    assert len(hub.store.at(REPO).log()) == 5
    for task, split in zip(tasks, ("train", "train", "test"), strict=True):
        assert len(client.run(plain_jobs.load, REPO, task, split, True)) == 6


def test_a_full_disk_leaves_the_repository_alone(
    hub: Hub, client: Client, built: Path, published: dict[str, str]
) -> None:
    """A shard that cannot be written ends the publication, and the message names the folder."""
    with pytest.raises(ClientError, match=r"Set .*TMPDIR to a folder with more room") as error:
        client.run(our_jobs.publish_with_little_room, "multiinstruct", REPO, _as_references(built))
    assert error.value.kinds[0] == "OutputError"
    assert hub.store.at(REPO).files() == published


def _as_references(built: Path) -> dict[str, object]:
    return {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet"), "tasks": ["ITM"]}


def test_a_reader_during_a_publication_sees_the_old_state_or_the_new_one(
    hub: Hub, client: Client, built: Path, published: dict[str, str]
) -> None:
    """Right before and right after the commit, another client loads everything; it never gets a mixture."""
    seen: list[int] = []

    def read() -> None:
        # In another home: the publisher is at work in this one.
        seen.append(len(client.run(plain_jobs.load, REPO, None, "train", True)))

    hub.faults.ordered = [Fault(match=CALLS["commit"], action=read)]
    publish(client, built, **MORE)
    read()
    assert seen == [6, 12]


def test_a_pool_that_lacks_a_task_is_refused(hub: Hub, client: Client, built: Path) -> None:
    """Before anything is asked of the Hub, with the tasks that it lacks."""
    with pytest.raises(ClientError, match="The pool has no instructions for ITM, commonsense_VQA"):
        publish(client, built, pool=str(built / "instructblip.parquet"))
    assert hub.log == []


def test_a_pool_that_lacks_a_task_of_the_repository_is_refused(
    hub: Hub, client: Client, built: Path, published: dict[str, str], tmp_path: Path
) -> None:
    """Tasks that stay need instructions as well: with one config published again, and with a pool alone."""
    pool = tmp_path / "pool.parquet"
    InstructionPool.from_dict({"ITM": ["Does {text} fit? {options}"]}).save(pool)
    says = "no instructions for image_quality, which the repository holds"
    with pytest.raises(ClientError, match=says):
        publish(client, built, pool=str(pool), tasks=["ITM"], rights=["all"])
    with pytest.raises(ClientError, match=says):
        client.run(our_jobs.publish, str(pool), REPO)
    assert hub.store.at(REPO).files() == published


def test_a_card_with_broken_yaml_is_refused(hub: Hub, client: Client, built: Path, published: dict[str, str]) -> None:
    """One that came by git, past the checks of the Hub: nothing is uploaded, and the message says what to repair."""
    repository = hub.store.at(REPO)
    repository.commit("refs/heads/main", repository.resolve("main"), "Break it", {"README.md": b"---\na: [\n---\n"}, [])
    before = repository.files()
    hub.log.clear()
    with pytest.raises(ClientError, match=r"no valid YAML.*Repair README\.md") as error:
        publish(client, built, **MORE)
    assert error.value.kinds[0] == "PublicationError"
    assert repository.files() == before
    assert hub.lines("PUT") == []


def test_a_pool_that_is_not_the_recipes_is_refused(
    hub: Hub, client: Client, built: Path, published: dict[str, str]
) -> None:
    """Where somebody has replaced the pool by hand, a reader is told, with both digests."""
    other = str(built / "instructblip.parquet")
    client.run(plain_jobs.commit, REPO, {"instructions/train-00000-of-00001.parquet": other})
    with pytest.raises(ClientError, match=r"has the digest .* its recipe was written for") as error:
        client.run(our_jobs.prompts, REPO, "image_quality", "train", 1)
    assert error.value.kinds[0] == "PoolError"


def test_a_cached_pool_of_another_revision_is_never_served(
    hub: Hub, client: Client, built: Path, published: dict[str, str]
) -> None:
    """A reader gets the pool of the head, whatever is cached; with the Hub away, an error and no old pool."""
    old = client.run(our_jobs.digest, REPO)
    assert client.run(our_jobs.load_pool, REPO) == old
    publish(client, built, **SMALL, pool="multiinstruct")
    new = client.run(our_jobs.digest, REPO)
    assert client.run(our_jobs.load_pool, REPO) == new != old
    hub.faults.ordered = [Fault(match="", status=503, times=999)]
    for job in (our_jobs.digest, our_jobs.load_pool):
        with pytest.raises(ClientError, match="503"):
            client.run(job, REPO)


def test_a_stream_with_a_token_is_warned_of(hub: Hub, client: Client, built: Path, published: dict[str, str]) -> None:
    """Its pickle would hold the token; one opened without has none in it."""
    assert client.run(our_jobs.pickled_with_token, REPO, "hf_write") == {"warned": True, "in_pickle": True}
    assert client.run(our_jobs.pickled_with_token, REPO, None) == {"warned": False, "in_pickle": False}
