"""What may not be copied stays at home, is named in the card, and is filled in from the reader's own copy."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from instraug_datasets.hub.licences import LEFT_OUT, REFERENCES, WHOLE, clear
from tests.hub import our_jobs, plain_jobs
from tests.hub.client import Client, ClientError
from tests.hub.server.hub import Hub
from tests.hub.test_publish import REPO, publish


def published_rows(hub: Hub, folder: str) -> list[dict[str, object]]:
    """The rows of every shard in a folder of the repository."""
    repository = hub.store.at(REPO)
    files = [oid for path, oid in sorted(repository.files().items()) if path.startswith(folder)]
    return [row for oid in files for row in pq.read_table(repository.large_file(oid)).to_pylist()]


def test_sources_go_out_as_far_as_their_terms_allow(hub: Hub, client: Client, built: Path) -> None:
    """Whole where allowed, without pictures or not at all where not; in a task of several sources each by its own."""
    publish(client, built)
    whole = published_rows(hub, "train/image_quality/train")
    assert [len(row["images"][0]["bytes"]) > 100 for row in whole] == [True] * 6  # type: ignore[index]
    (bare, *_) = published_rows(hub, "train/ITM/train")
    assert bare["images"] == [None]
    (name,) = json.loads(str(bare["meta"]))["pictures"]
    assert name["url"] == f"http://images.cocodataset.org/train2014/{name['file_name']}"
    sources = {row["source"] for row in published_rows(hub, "train/open-domain_VQA")}
    assert sources == {"vqa_v2", "gqa", "visual_genome_questions"}  # and not ok_vqa, whose terms are not known
    assert published_rows(hub, "eval/commonsense_VQA") == []
    assert (
        "commonsense_VQA"
        not in client.run(our_jobs.plan, "multiinstruct", REPO, {"data": str(built / "multiinstruct")})["configs"]
    )


def test_the_card_names_what_is_left_out_and_how_to_build_it(hub: Hub, client: Client, built: Path) -> None:
    """Sources with the terms that rule them out, and the command that builds their tasks."""
    publish(client, built, augmented_split="train_aug", variants=2)
    card = hub.store.at(REPO).read("README.md").decode()
    assert "| [VCR](https://visualcommonsense.com) `vcr` | `commonsense_VQA` | VCR dataset licence agreement:" in card
    assert "$ instraug build multiinstruct open-domain_VQA commonsense_VQA --data-dir raw_datasets --output out" in card


def test_rights_are_claimed_by_source_and_recorded(hub: Hub, client: Client, built: Path) -> None:
    """A claimed source is published whole; the recipe and the card say who said so."""
    publish(client, built, rights=["vcr"])
    assert len(published_rows(hub, "eval/commonsense_VQA")) == 6
    assert published_rows(hub, "train/ITM/train")[0]["images"] == [None]
    assert "rights:\n- vcr\n" in hub.store.at(REPO).read("augmentation.yaml").decode()
    assert "with pictures, rights claimed by the publisher" in hub.store.at(REPO).read("README.md").decode()
    with pytest.raises(ClientError, match=r"Unknown source 'vcrr'\. Did you mean 'vcr'"):
        publish(client, built, rights=["vcrr"])


@pytest.mark.parametrize("streaming", [True, False])
def test_pictures_are_filled_in_from_the_readers_own_copy(
    hub: Hub, client: Client, built: Path, streaming: bool
) -> None:
    """What `attach_images` gives is, picture by picture, what was built; so are the prompts after it."""
    publish(client, built)
    raw = str(built / "raw")
    filled = client.run(our_jobs.attached, REPO, "open-domain_VQA", raw, streaming)
    local = client.run(our_jobs.local_pictures, str(built / "multiinstruct/open-domain_VQA"))
    assert filled == {unique_id: local[unique_id] for unique_id in filled}
    assert len(filled) >= 4
    with pytest.raises(ClientError, match="there is no such image"):
        client.run(our_jobs.attached, REPO, "open-domain_VQA", str(built), streaming)


def test_augmented_data_come_after_their_pictures(hub: Hub, client: Client, built: Path) -> None:
    """A map-style data set that is augmented already would be written with the prompts of one epoch: refused."""
    publish(client, built)
    with pytest.raises(ClientError, match=r"attach its pictures first: augment\(attach_images") as error:
        client.run(our_jobs.attached_too_late, REPO, "ITM", str(built / "raw"))
    assert error.value.kinds[0] == "SettingError"


def test_conditions_hold_for_what_is_published() -> None:
    """Those of annotations too whose pictures are left out, and none for sources that are not published."""
    cleared = clear(["medic", "wikihow", "vqa_v2", "vcr", "refcocog", "refcoco"])
    assert {name: each.outcome for name, each in cleared.items()} == {
        "medic": REFERENCES,
        "refcoco": LEFT_OUT,
        "refcocog": REFERENCES,
        "vcr": LEFT_OUT,
        "vqa_v2": REFERENCES,
        "wikihow": WHOLE,
    }
    assert [name for name, each in cleared.items() if each.conditions] == ["medic", "wikihow"]
    assert cleared["medic"].conditions.startswith("CC BY-NC-SA 4.0: https://crisisnlp.qcri.org")
    assert [name for name, each in cleared.items() if not each.reason] == ["wikihow"]


def test_without_pictures_a_data_set_still_loads(hub: Hub, client: Client, built: Path) -> None:
    """References and whole examples stand in one default config, streaming or not."""
    publish(client, built)
    for streaming in (True, False):
        assert len(client.run(plain_jobs.load, REPO, None, "train", streaming)) >= 16
