"""Publishing: one commit, which holds what the plan said and loads with `datasets` alone."""

from pathlib import Path
from typing import Any

import pytest

from tests.hub import our_jobs, plain_jobs
from tests.hub.client import Client
from tests.hub.server.hub import Hub

REPO = "instraug/multiinstruct"


def publish(client: Client, built: Path, repo_id: str = REPO, **options: Any) -> dict[str, Any]:
    benchmark = repo_id.split("/")[1]
    given = {"data": str(built / benchmark), "pool": str(built / f"{benchmark}.parquet"), **options}
    done: dict[str, Any] = client.run(our_jobs.publish, benchmark, repo_id, given)
    return done


def test_a_benchmark_is_published_in_one_commit(hub: Hub, client: Client, built: Path) -> None:
    """The first publication creates the repository and makes one commit; the second finds nothing to do."""
    made = publish(client, built, rights=["all"])
    repository = hub.store.at(REPO)
    assert repository.log() == ["Publish with instraug-datasets", "initial commit"]
    assert made["commit"] == repository.resolve("main")
    again = publish(client, built, rights=["all"])
    assert (again["changed"], again["uploaded"]) == (False, [])
    assert len(repository.log()) == 2


def test_shards_go_out_as_they_were_built(hub: Hub, client: Client, built: Path) -> None:
    """With the rights to everything, each shard in the repository has the bytes of the built one."""
    publish(client, built, rights=["all"])
    repository = hub.store.at(REPO)
    for path, oid in repository.files().items():
        if path.startswith(("train/", "eval/")):
            _, task, name = path.split("/")
            assert repository.large_file(oid).read_bytes() == (built / "multiinstruct" / task / name).read_bytes()


@pytest.mark.parametrize("streaming", [True, False])
def test_every_config_loads_with_datasets_alone(hub: Hub, client: Client, built: Path, streaming: bool) -> None:
    """Named and default, and `instructions`; the default one holds the tasks for training only."""
    publish(client, built, rights=["all"])
    by_task = {
        task: client.run(plain_jobs.load, REPO, task, "train", streaming)
        for task in ("image_quality", "ITM", "open-domain_VQA")
    }
    assert [len(ids) for ids in by_task.values()] == [6, 6, 6]
    assert len(client.run(plain_jobs.load, REPO, "commonsense_VQA", "test", streaming)) == 6
    everything = client.run(plain_jobs.load, REPO, None, "train", streaming)
    assert sorted(everything) == sorted(unique_id for ids in by_task.values() for unique_id in ids)
    assert len(client.run(plain_jobs.columns, REPO, "instructions", "train")["text"]) > 300


def test_loading_a_config_takes_few_requests(hub: Hub, client: Client, built: Path) -> None:
    """The first example of any config costs at most 15 requests."""
    publish(client, built, rights=["all"])
    for name in ("ITM", "natural_language_visual_reasoning", None):
        hub.log.clear()
        client.run(plain_jobs.load_first, REPO, name, "validation")
        assert len(hub.log) <= 15, hub.lines()


def test_readers_get_the_prompts_of_the_publisher(hub: Hub, client: Client, built: Path) -> None:
    """With our package, every prompt of every epoch is what the recipe says, streaming or not."""
    publish(client, built, rights=["all"], prompts={"seed": 7, "strategy": "uniform", "options_style": "letters"})
    local = client.run(
        our_jobs.local_prompts, str(built / "multiinstruct/ITM"), str(built / "multiinstruct.parquet"), 3
    )
    assert client.run(our_jobs.prompts, REPO, "ITM", "train", 3) == local
    assert client.run(our_jobs.prompts, REPO, "ITM", "train", 3, False) == local
    assert local[0] != local[1]
