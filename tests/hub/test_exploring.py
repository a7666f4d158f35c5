"""The explorer on published data: it shows what the publisher's own explorer shows."""

import re
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.explorer import open_built
from instraug_datasets.explorer.views import Views
from instraug_datasets.pool import InstructionPool
from tests.hub import our_jobs
from tests.hub.client import Client, ClientError
from tests.hub.conftest import TASKS
from tests.hub.server.hub import Hub
from tests.hub.test_publish import REPO, publish

RECIPE = {"seed": 7, "strategy": "uniform", "options_style": "letters"}


def locally(built: Path, pool: Path | str, **options: Any) -> dict[str, Any]:
    """The pages of the built folder."""
    views = Views(open_built(built / "multiinstruct", pool=str(pool), **options))
    strategy, seed = options.get("strategy", "cycle"), options.get("seed", 0)
    tasks = views.collection.tasks
    return {
        "ids": {task: views.unique_ids(task) for task in tasks},
        "pages": {
            task: [views.example(task, 0, epoch, strategy=strategy, seed=seed) for epoch in range(3)] for task in tasks
        },
        "statistics": views.statistics(),
    }


def test_published_data_are_shown_as_they_were_built(hub: Hub, client: Client, built: Path) -> None:
    """Tasks, examples, pictures, and the prompts of each epoch under the published recipe; `default` is no task."""
    publish(client, built, rights=["all"], prompts=RECIPE)
    shown = client.run(our_jobs.explored, REPO, 3)
    assert shown.pop("title") == REPO
    assert set(shown["ids"]) == set(TASKS["multiinstruct"])
    assert shown == locally(built, built / "multiinstruct.parquet", **RECIPE)


def test_an_earlier_revision_and_another_pool_can_be_shown(hub: Hub, client: Client, built: Path) -> None:
    """`@revision` shows the examples and recipe of that commit; a pool of one's own takes the place of both."""
    first = publish(client, built, rights=["all"], prompts=RECIPE)["commit"]
    publish(client, built, rights=["all"], prompts={"seed": 8})
    mine = built / "multiinstruct.parquet"
    earlier, now = (client.run(our_jobs.explored, name, 3)["pages"] for name in (f"{REPO}@{first}", REPO))
    assert earlier == locally(built, mine, **RECIPE)["pages"]
    assert now == locally(built, mine, **{**RECIPE, "seed": 8})["pages"]
    pool = built.parent / "one_task.parquet"
    InstructionPool.from_dict({"ITM": ["{text} Does it match?\n{options}"]}).save(pool)
    shown = client.run(our_jobs.explored, f"{REPO}@{first}", 1, str(pool))
    assert list(shown["ids"]) == ["ITM"]
    assert "Does it match?" in shown["pages"]["ITM"][0]


def test_pictures_that_were_not_published_are_named(hub: Hub, client: Client, built: Path) -> None:
    """Where a source is published as references, the page says which picture belongs there."""
    publish(client, built)
    [page] = client.run(our_jobs.explored, REPO, 1)["pages"]["ITM"]
    assert re.search(r"The data set does not hold the picture \S+\.jpg: attach_images\(\) takes it from raw", page)
    assert '<p class="text prompt"' in page


def test_a_repository_without_examples_is_refused(hub: Hub, client: Client, built: Path) -> None:
    """A pool that was published alone has no tasks to choose from."""
    client.run(our_jobs.publish, str(built / "multiinstruct.parquet"), "instraug/pool")
    with pytest.raises(ClientError, match="instraug/pool has no examples of any task of the pool"):
        client.run(our_jobs.explored, "instraug/pool", 1)


@pytest.mark.parametrize("pool", [None, "multiinstruct"])
def test_a_repository_that_is_not_there_is_an_error_of_ours(hub: Hub, client: Client, pool: str | None) -> None:
    """With the published pool and with another, it is named in an error without a traceback."""
    with pytest.raises(ClientError) as raised:
        client.run(our_jobs.explored, "instraug/nothing", 1, pool)
    assert "HubError" in raised.value.kinds
    assert raised.value.message.startswith("Cannot read instraug/nothing")
