"""`push_to_hub` of augmented data: what arrives is what was shown, with the prompts of that epoch."""

from pathlib import Path

import pytest

from tests.hub import our_jobs, plain_jobs
from tests.hub.client import Client
from tests.hub.server.hub import Hub


@pytest.mark.parametrize("streaming", [True, False])
def test_an_epoch_arrives_as_it_is_shown(hub: Hub, client: Client, built: Path, streaming: bool) -> None:
    """A map-style data set and a stream at epoch 3, pushed as users do."""
    folder, pool = str(built / "multiinstruct/image_quality"), str(built / "multiinstruct.parquet")
    shown = client.run(our_jobs.push_epoch, folder, pool, "me/epoch", 3, streaming)
    arrived = client.run(plain_jobs.columns, "me/epoch", "default", "train")
    assert dict(zip(arrived["unique_id"], arrived["prompt"], strict=True)) == shown


def test_baked_epochs_arrive(hub: Hub, client: Client, built: Path) -> None:
    """Three epochs one after the other are three different wordings of each example."""
    folder, pool = str(built / "multiinstruct/image_quality"), str(built / "multiinstruct.parquet")
    client.run(our_jobs.push_baked, folder, pool, "me/baked", 3)
    arrived = client.run(plain_jobs.columns, "me/baked", "default", "train")
    wordings: dict[str, set[str]] = {}
    for unique_id, prompt in zip(arrived["unique_id"], arrived["prompt"], strict=True):
        wordings.setdefault(unique_id.split("#")[0], set()).add(prompt)
    assert [len(each) for each in wordings.values()] == [3] * 6
