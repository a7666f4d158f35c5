"""Ids that are read block by block are those that are read group by group."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.builders.files import json_blocks
from instraug_datasets.builders.files.item_index import ItemIndexer
from instraug_datasets.builders.files.json_blocks import read_json_blocks
from instraug_datasets.builders.files.json_tables import NonNegativeInt
from instraug_datasets.builders.files.root import DataRoot


class Group(msgspec.Struct):
    image_id: NonNegativeInt = msgspec.field(name="id")
    items: list[msgspec.Raw] = msgspec.field(name="regions")


class OtherGroup(Group):
    image_id: NonNegativeInt = msgspec.field(name="image_id")


class Id(msgspec.Struct):
    region_id: NonNegativeInt


texts = st.sampled_from(["a cat", "x, {", '"}, {"', "\ud83d", "\u00e9"])
ids = st.one_of(st.integers(0, 99), st.sampled_from([-1, None, "7", 2**63]))
items = st.one_of(st.fixed_dictionaries({"region_id": ids, "phrase": texts}), st.sampled_from([{}, 5, "x"]))
groups = st.one_of(
    st.fixed_dictionaries({"id": ids, "regions": st.lists(items, max_size=4)}),
    st.sampled_from([{"id": 1}, {"regions": []}, {"id": 1, "regions": 5}, {"id": 3, "image_id": 4, "regions": []}]),
)


@given(document=st.lists(groups, max_size=12), name=st.sampled_from(["id", "image_id"]))
def test_ids_of_any_file_are_read_alike(folder: Path, document: list[dict[str, Any]], name: str) -> None:
    """Whole blocks and single groups give the same ids, in either form, and bad groups and items are marked alike."""
    renamed = [{name if key == "id" else key: value for key, value in group.items()} for group in document]
    (folder / "x.json").write_text(json.dumps(renamed))
    fast, slow = (ItemIndexer((Group, OtherGroup), Id) for _ in range(2))
    slow.add_raws(list(read_json_blocks(DataRoot(str(folder)), "x.json", count=fast.add_text)))
    assert fast.kind is slow.kind
    fast_columns, slow_columns = (tuple(column.tolist() for column in each.index()) for each in (fast, slow))
    assert fast_columns == slow_columns
    assert sum(fast_columns[1]) == len(fast_columns[2])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder in which files have blocks of a few bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_blocks, "BLOCK_SIZE", 64)
        yield tmp_path_factory.mktemp("json")
