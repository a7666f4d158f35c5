"""Every public name of `datasets.IterableDataset` after `augment`: it augments, writes what is shown, or is let be."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from datasets import IterableDataset, Value, concatenate_datasets, interleave_datasets
from datasets.distributed import split_dataset_by_node

from instraug_datasets import InstructionAugmenter, augment
from instraug_datasets.stream import AugmentedIterableDataset, SizedAugmentedIterableDataset
from tests import toy

ROWS = 24
POOL = toy.pool()
DATA = toy.dataset(ROWS).select_columns(["unique_id", "task", "options", "region", "question", "history", "meta"])
EPOCHS = (0, 2, 5)
TRUTH = {
    epoch: toy.prompts(map(InstructionAugmenter(POOL, seed=3, epoch=epoch), toy.examples(ROWS))) for epoch in EPOCHS
}
ADDED = ["unique_id", "prompt", "instruction_id"]


def _stream(**options: Any) -> Any:
    return augment(DATA.to_iterable_dataset(num_shards=3), POOL, seed=3, **options)


def _tag(example: dict[str, Any]) -> dict[str, Any]:
    return {"length": len(example["prompt"])}


def _keep(example: dict[str, Any]) -> bool:
    return not example["unique_id"].endswith("7")


def _renamed(stream: Any) -> Any:
    return stream.rename_columns({"prompt": "p"}).rename_columns({"p": "prompt"})


# What a method makes, and how many examples it has of 24; None if its length is unknown.
AUGMENTS: dict[str, tuple[Callable[[Any], Any], int | None]] = {
    "add_column": (lambda stream: stream.add_column("n", list(range(ROWS))), ROWS),
    "batch": (lambda stream: stream.batch(5), None),
    "cast": (lambda stream: stream.cast(stream.features), ROWS),
    "cast_column": (lambda stream: stream.cast_column("prompt", Value("large_string")), ROWS),
    "decode": (lambda stream: stream.decode(False), ROWS),
    "filter": (lambda stream: stream.filter(_keep), None),
    "map": (lambda stream: stream.map(_tag), ROWS),
    "remove_columns": (lambda stream: stream.remove_columns(["history"]), ROWS),
    "rename_column": (lambda stream: stream.rename_column("question", "q"), ROWS),
    "rename_columns": (_renamed, ROWS),
    "repeat": (lambda stream: stream.repeat(1), ROWS),
    "reshard": (lambda stream: stream.reshard(), ROWS),
    "select_columns": (lambda stream: stream.select_columns(ADDED), ROWS),
    "shard": (lambda stream: stream.shard(3, 1), ROWS // 3),
    "shuffle": (lambda stream: stream.shuffle(seed=1, buffer_size=7), ROWS),
    "skip": (lambda stream: stream.skip(4), ROWS - 4),
    "take": (lambda stream: stream.take(5), 5),
    "with_format": (lambda stream: stream.with_format("numpy"), ROWS),
    # Functions of the library, not methods.
    "split_dataset_by_node, of shards": (lambda stream: split_dataset_by_node(stream, 1, 3), ROWS // 3),
    "split_dataset_by_node, of examples": (lambda stream: split_dataset_by_node(stream, 1, 5), 5),
    "concatenate_datasets": (lambda stream: concatenate_datasets([stream.take(4), stream.skip(4)]), ROWS),
    "interleave_datasets": (lambda stream: interleave_datasets([stream.take(4), stream.skip(4)]), None),
}


def _read_back(read: Callable[[str], pd.DataFrame], write: Callable[[Any, str], Any], name: str) -> Any:
    def written(stream: Any, folder: Path) -> Any:
        write(stream, str(folder / name))
        return read(str(folder / name)).to_dict("records")

    return written


def _sql(stream: Any, folder: Path) -> Any:
    connection = sqlite3.connect(folder / "data.db")
    stream.to_sql("data", connection)
    rows = pd.read_sql("select * from data", connection).to_dict("records")
    connection.close()
    return rows


def _columns(table: dict[str, list[Any]]) -> Any:
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


WRITTEN: dict[str, Callable[[Any, Path], Any]] = {
    "to_csv": _read_back(pd.read_csv, lambda stream, path: stream.to_csv(path), "data.csv"),
    "to_dict": lambda stream, folder: _columns(stream.to_dict()),
    "to_json": _read_back(
        lambda path: pd.read_json(path, lines=True), lambda stream, path: stream.to_json(path), "data.jsonl"
    ),
    "to_list": lambda stream, folder: stream.to_list(),
    "to_pandas": lambda stream, folder: stream.to_pandas().to_dict("records"),
    "to_parquet": _read_back(pd.read_parquet, lambda stream, path: stream.to_parquet(path), "data.parquet"),
    "to_sql": _sql,
}

# Proven elsewhere: `to_polars` goes the way of `to_pandas` through an optional package; pushing is tested against a
# stand-in of the Hub below the call that it shares with `to_parquet`.
SAME_WAY = {"to_polars", "push_to_hub"}
READ = {"iter", "epoch", "set_epoch", "state_dict", "load_state_dict"}
UNTOUCHED = {
    *("builder_name", "citation", "column_names", "config_name", "dataset_size", "description", "download_checksums"),
    *("download_size", "features", "homepage", "info", "license", "n_shards", "num_columns", "num_shards"),
    *("size_in_bytes", "split", "supervised_keys", "version"),
    # Made anew, of no augmented stream.
    *("from_csv", "from_dict", "from_file", "from_generator", "from_json", "from_list", "from_pandas", "from_parquet"),
    *("from_polars", "from_spark", "from_text"),
}


def test_every_public_name_is_thought_of():
    """A new method of the library has to be given its place here before a version of it is supported."""
    names = {name for name in dir(IterableDataset) if not name.startswith("_")}
    methods = {name for name in AUGMENTS if "_datasets" not in name and "by_node" not in name}
    assert names == methods | set(WRITTEN) | SAME_WAY | READ | UNTOUCHED


@pytest.mark.parametrize("name", AUGMENTS)
def test_what_a_method_makes_goes_on_augmenting(name):
    """In the epoch of the stream that it is made from, and in each that is set later."""
    make, _ = AUGMENTS[name]
    stream = _stream()
    stream.set_epoch(2)
    made = make(stream)
    assert isinstance(made, AugmentedIterableDataset)
    epochs = (0 if "_datasets" in name or "by_node" in name else 2, 0, 5)
    for number, epoch in enumerate(epochs):
        if number:
            made.set_epoch(epoch)
        rows = list(made)
        if name == "batch":
            rows = [row for batch in rows for row in _columns(batch)]
        seen = toy.prompts(rows)
        assert len(seen) >= 5
        assert seen == {unique_id: TRUTH[epoch][unique_id] for unique_id in seen}


@pytest.mark.parametrize("name", AUGMENTS)
def test_lengths_are_known_or_there_is_none(name):
    """`len` is what iterating gives; where it is unknown, the object does not claim one."""
    make, length = AUGMENTS[name]
    made = make(_stream())
    assert isinstance(made, SizedAugmentedIterableDataset) is (length is not None)
    assert made
    if length is None:
        with pytest.raises(TypeError):
            len(made)
    else:
        assert len(made) == length == sum(1 for _ in made)


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("make", [lambda stream: stream, lambda stream: stream.map(_tag)], ids=["itself", "mapped"])
def test_what_is_written_is_what_is_shown(make, write, tmp_path):
    """The epoch set on a stream is the epoch in the file, through its own methods and behind `map`."""
    stream = _stream().select_columns(ADDED)
    stream.set_epoch(2)
    assert toy.prompts(write(make(stream), tmp_path)) == TRUTH[2]


def test_joined_streams_write_the_epoch_set_on_them():
    """The library's functions make a plain stream by name; ours writes the epoch all the same."""
    stream = _stream().select_columns(ADDED)
    joined = concatenate_datasets([stream.take(4), stream.skip(4)])
    joined.set_epoch(5)
    assert toy.prompts(joined.to_list()) == TRUTH[5]


def test_shards_for_the_hub_are_written_in_the_epoch_shown():
    """What `push_to_hub` uploads: the Parquet files that it writes first, with the pictures embedded."""
    stream = _stream().select_columns(ADDED)
    stream.set_epoch(2)
    files = [Path(path) for _, path in stream._write_parquet_shards(0, 3, True, 3, 3, 0)]
    rows = [row for file in files for row in pd.read_parquet(file).to_dict("records")]
    for file in files:
        file.unlink()
    assert toy.prompts(rows) == TRUTH[2]


def test_other_streams_are_let_be():
    """Nothing changes for streams that were not augmented."""
    _stream()
    plain = DATA.to_iterable_dataset()
    assert type(plain) is type(plain.map(_tag)) is IterableDataset
    with pytest.raises(TypeError):
        len(plain)
