"""Single examples of tables: those that the library makes row by row, at the same positions, only faster."""

import copy
import io
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Image, IterableDataset, List, concatenate_datasets, load_dataset
from PIL import Image as Pictures
from PIL import UnidentifiedImageError

from instraug_datasets import augment
from tests import toy

ROWS = 17
GROUP = 3
POOL = toy.pool()
ADDED = ("prompt", "instruction_id")

FOLLOWERS: dict[str, Callable[[IterableDataset], IterableDataset]] = {
    "nothing": lambda stream: stream,
    "filter": lambda stream: stream.filter(lambda example: not example["unique_id"].endswith("7")),
    "skip, take": lambda stream: stream.skip(2).take(11),
    "shard": lambda stream: stream.shard(num_shards=2, index=1),
}
LABELS = ["cat", "dog", "horse"]


@pytest.fixture
def plain(tmp_path) -> Callable[[], IterableDataset]:
    """Makes a stream of two Parquet files in row groups of three."""
    table = toy.dataset(ROWS).data.table
    for number, start in enumerate((0, 8)):
        pq.write_table(table.slice(start, 8 + number), tmp_path / f"{number}.parquet", row_group_size=GROUP)
    files = [str(tmp_path / f"{number}.parquet") for number in (0, 1)]
    stream = load_dataset("parquet", data_files=files, split="train", streaming=True)
    return lambda: copy.deepcopy(stream)


def _stepwise(stream: IterableDataset) -> Iterator[tuple[dict[str, Any], Any]]:
    for example in stream:
        kept = {name: value for name, value in example.items() if name not in ADDED}
        yield kept, stream.state_dict()["examples_iterable"]


@pytest.mark.parametrize("follower", FOLLOWERS.values(), ids=FOLLOWERS)
def test_examples_and_states_serve_the_stream_without_prompts(plain, follower):
    """At every step, over the ends of row groups and files: either goes on where the other stopped."""
    wholes = [list(_stepwise(follower(make()))) for make in (plain, lambda: augment(plain(), POOL))]
    examples = [example for example, _ in wholes[0]]
    assert [example for example, _ in wholes[1]] == examples
    for done in range(1, len(examples) + 1):
        for make, (_, state) in (
            (plain, wholes[1][done - 1]),
            (lambda: augment(plain(), POOL), wholes[0][done - 1]),
            (lambda: augment(plain(), POOL), wholes[1][done - 1]),
        ):
            stream = follower(make())
            stream.load_state_dict({"examples_iterable": state, "epoch": 0})
            assert [example for example, _ in _stepwise(stream)] == examples[done:], f"stopped after {done}"


def test_resuming_twice_inside_one_row_group(plain):
    """The second position counts from the start of the row group, too."""
    whole = [row["unique_id"] for row in plain()]
    for first in range(1, 9):
        for second in range(1, 5):
            stream = augment(plain(), POOL)
            list(islice(stream, first))
            for steps in (second, None):
                state = stream.state_dict()
                stream = augment(plain(), POOL)
                stream.load_state_dict(state)
                rest = [row["unique_id"] for row in islice(stream, steps)]
            assert rest == whole[first + second :]


def _picture(color: int) -> bytes:
    file = io.BytesIO()
    Pictures.new("L", (4, 4), color).save(file, "PNG")
    return file.getvalue()


def _pictured(pictures: list[bytes], *, decode: bool) -> Dataset:
    more = {"images": List(Image(decode=decode)), "label": ClassLabel(names=LABELS)}
    features = Features({**toy.dataset(1).features, **more})
    rows = [
        {**row, "images": [{"bytes": picture, "path": None}], "label": number % 3}
        for number, (row, picture) in enumerate(zip(toy.examples(len(pictures)), pictures, strict=True))
    ]
    return Dataset.from_list(rows, features=features)


@pytest.mark.parametrize("decode", [False, True])
def test_columns_hold_what_the_library_makes_of_them(decode):
    """Pictures as the stream has them, labels as numbers, empty and null fields: as without `augment`."""
    plain = _pictured([_picture(color) for color in range(7)], decode=decode).to_iterable_dataset()
    for mine, its in zip(augment(plain, POOL), plain, strict=True):
        assert list(mine) == [*its, *ADDED]
        if decode:
            assert [each.getpixel((0, 0)) for each in mine.pop("images")] == [
                each.getpixel((0, 0)) for each in its.pop("images")
            ]
        assert {name: mine[name] for name in its} == its


def test_a_picture_is_decoded_when_its_example_is_read():
    """However many rows are converted together: a broken one stops the stream there, and not before."""
    stream = augment(_pictured([_picture(1), _picture(2), b"broken"], decode=True).to_iterable_dataset(), POOL)
    examples = iter(stream)
    assert [next(examples)["unique_id"] for _ in range(2)] == ["toy/caption/0", "toy/choice/1"]
    with pytest.raises(UnidentifiedImageError):
        next(examples)


SELECTIONS: dict[str, Callable[[Dataset], Dataset]] = {
    "all": lambda data: data,
    "joined": lambda data: concatenate_datasets([data.select(range(3)), data.select(range(3, ROWS))]),
    "shuffled": lambda data: data.shuffle(seed=1),
    "shuffled and cut": lambda data: concatenate_datasets([data, data]).shuffle(seed=1).select(range(ROWS)),
}


@pytest.mark.parametrize("select", SELECTIONS.values(), ids=SELECTIONS)
def test_map_style_rows_are_those_of_a_slice(select):
    """One by one or as a loader's batch, by any kind of index, in the order of the selection."""
    plain = select(_pictured([_picture(color) for color in range(ROWS)], decode=False))
    plain = plain.map(lambda row, place: {"unique_id": f"{place}"}, with_indices=True)
    data = augment(plain, POOL, epoch=0)
    columns = data[:]
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    assert [{name: row[name] for name in plain.column_names} for row in rows] == list(plain)
    assert [data[place] for place in range(ROWS)] == rows
    assert [data[np.int64(place - ROWS)] for place in range(ROWS)] == rows
    assert data.__getitems__([5, 2, -1, 2]) == [rows[5], rows[2], rows[-1], rows[2]]
    for wrong in (ROWS, -ROWS - 1):
        with pytest.raises(IndexError, match="out of"):
            data[wrong]


def test_map_style_pictures_are_decoded():
    """As the data without prompts have them."""
    plain = _pictured([_picture(color) for color in range(3)], decode=True)
    data = augment(plain, POOL, epoch=0)
    for rows in ([data[place] for place in range(3)], data.__getitems__([0, 1, 2])):
        assert [row["images"][0].getpixel((0, 0)) for row in rows] == [0, 1, 2]
