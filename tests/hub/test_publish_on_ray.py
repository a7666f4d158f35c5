"""`publish` on Ray: the files of a local publication, also where a machine is lost half-way."""

from pathlib import Path
from typing import Any

import pytest

from tests.hub import our_jobs
from tests.hub.client import Client
from tests.hub.server.hub import Hub
from tests.hub.test_publish import publish
from tests.ray.running import environment

ray_jobs = pytest.importorskip("tests.hub.ray_jobs")

SPLIT: dict[str, Any] = {"tasks": ["image_quality", "ITM"], "augmented_split": "train_aug", "variants": 3}
RAY = {name: value for name, value in environment().items() if name.startswith(("RAY_", "PYTHONPATH"))}


def test_a_machine_that_is_lost_costs_nothing(hub: Hub, client: Client, built: Path, tmp_path: Path) -> None:
    """The commit has the files of a local one; publishing locally again finds all of it there."""
    data = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet"), **SPLIT}
    done = client.run(ray_jobs.publish, str(tmp_path), "multiinstruct", "me/multiinstruct", data, **RAY)
    assert len(done["removed"]) == len(done["left"]) == 1
    assert done["removed"] != done["left"]
    publish(client, built, "you/multiinstruct", **SPLIT)
    files = hub.store.at("me/multiinstruct").files()
    local = hub.store.at("you/multiinstruct").files()
    assert {path: oid for path, oid in files.items() if path.endswith(".parquet")} == {
        path: oid for path, oid in local.items() if path.endswith(".parquet")
    }
    assert len([path for path in files if path.startswith("train_aug/")]) == 6
    assert not publish(client, built, "me/multiinstruct", **SPLIT)["changed"]


def test_the_command_publishes_on_ray(hub: Hub, client: Client, built: Path) -> None:
    """The runner is an option of the command; unknown ones, and an address without one, are refused."""
    data = ["--from", str(built / "multiinstruct"), "--pool", str(built / "multiinstruct.parquet"), "--yes"]
    arguments = ["publish", "multiinstruct", *data, "--config", "ITM", "--repo-id"]
    for repo_id, runner in (("me/multiinstruct", "ray"), ("you/multiinstruct", "local")):
        told = client.run(our_jobs.command, *arguments, repo_id, "--runner", runner, **RAY)
        assert told["status"] == 0, told
    shards = [
        {path: oid for path, oid in hub.store.at(repo_id).files().items() if path.startswith("train/")}
        for repo_id in ("me/multiinstruct", "you/multiinstruct")
    ]
    assert shards[0] == shards[1] != {}
    for wrong, reason in ((["--runner", "rays"], "Did you mean 'ray'"), (["--address", "auto"], "needs runner='ray'")):
        told = client.run(our_jobs.command, *arguments, "me/multiinstruct", *wrong)
        assert (told["status"], reason in " ".join(told["err"].split())) == (1, True), told
