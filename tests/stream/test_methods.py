"""Every public name of `datasets.Dataset` after `augment`: it keeps augmenting, writes what is shown, or is refused."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from datasets import (
    ClassLabel,
    Dataset,
    DatasetDict,
    Features,
    IterableDataset,
    Value,
    concatenate_datasets,
    interleave_datasets,
    load_from_disk,
)
from datasets.distributed import split_dataset_by_node

from instraug_datasets import InstructionAugmenter, augment
from instraug_datasets.errors import UnsupportedError
from instraug_datasets.records import FEATURES
from instraug_datasets.stream import AugmentedDataset
from tests import toy

# What the library tells Arrow when it sorts.
pytestmark = pytest.mark.filterwarnings("ignore:Specifying null_placement in SortOptions:FutureWarning")

ROWS = 24
POOL = toy.pool()
KINDS = ["even", "odd"]
DATA = Dataset.from_list(
    [{**row, "kind": number % 2} for number, row in enumerate(toy.examples(ROWS))],
    features=Features({**FEATURES, "kind": ClassLabel(names=KINDS)}),
)
EPOCHS = (0, 2, 5)
TRUTH = {
    epoch: toy.prompts(map(InstructionAugmenter(POOL, seed=3, epoch=epoch), toy.examples(ROWS))) for epoch in EPOCHS
}
ADDED = ["prompt", "instruction_id"]
TEXTS = ["unique_id", *ADDED]


def _augmented(**options: Any) -> Any:
    return augment(DATA, POOL, seed=3, **options)


def _keep(example: dict[str, Any]) -> bool:
    return "1" in example["prompt"]


def _cast(data: Any) -> Any:
    return data.cast(Features({**data.features, "target": Value("large_string")}))


# What a method makes of rows in the usual order, by the ids that it should have; None for all of them.
AUGMENTS: dict[str, Callable[[Any], Any]] = {
    "add_column": lambda data: data.add_column("n", list(range(ROWS))),
    "align_labels_with_mapping": lambda data: data.align_labels_with_mapping({"odd": 0, "even": 1}, "kind"),
    "cast": _cast,
    "cast_column": lambda data: data.cast_column("question", Value("large_string")),
    "class_encode_column": lambda data: data.add_column("c", ["x", "y"] * (ROWS // 2)).class_encode_column("c"),
    "filter": lambda data: data.filter(_keep),
    "flatten_indices": lambda data: data.shuffle(seed=1).flatten_indices(),
    "remove_columns": lambda data: data.remove_columns(["history", "question", "task", "options"]),
    "rename_column": lambda data: data.rename_column("question", "q"),
    "rename_columns": lambda data: data.rename_columns({"task": "kind_of_task", "region": "box"}),
    "repeat": lambda data: data.repeat(2).select(range(ROWS)),
    "select": lambda data: data.select([5, 3, 4, 12]),
    "select_columns": lambda data: data.select_columns(TEXTS),
    "shard": lambda data: data.shard(num_shards=3, index=1),
    "shuffle": lambda data: data.shuffle(seed=4),
    "skip": lambda data: data.skip(6),
    "sort": lambda data: data.sort(["source", "target"], reverse=True),
    "take": lambda data: data.take(7),
    "to_iterable_dataset": lambda data: data.to_iterable_dataset(num_shards=2),
    "train_test_split": lambda data: data.train_test_split(test_size=4, seed=2)["train"],
    "with_format": lambda data: data.with_format("numpy"),
    "with_transform": lambda data: data.with_transform(lambda batch: {name: batch[name] for name in TEXTS}),
    # Functions of the library, not methods.
    "split_dataset_by_node": lambda data: split_dataset_by_node(data, rank=1, world_size=2),
}


def _read_back(read: Callable[[str], pd.DataFrame], write: Callable[[Any, str], Any], name: str) -> Any:
    def written(data: Any, folder: Path) -> Any:
        write(data, str(folder / name))
        return read(str(folder / name)).to_dict("records")

    return written


def _sql(data: Any, folder: Path) -> Any:
    connection = sqlite3.connect(folder / "data.db")
    data.to_sql("data", connection)
    rows = pd.read_sql("select * from data", connection).to_dict("records")
    connection.close()
    return rows


def _saved(data: Any, folder: Path) -> Any:
    data.save_to_disk(folder / "saved")
    return load_from_disk(folder / "saved")


def _columns(table: dict[str, list[Any]]) -> Any:
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def _handed_over(name: str) -> Callable[[Any, Path], Any]:
    """The plain data set that the library's own method would get: for a service, or a package that is optional."""

    def written(data: Any, folder: Path) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Dataset, name, lambda plain, *args: plain)
            return getattr(data, name)()

    return written


WRITTEN: dict[str, Callable[[Any, Path], Any]] = {
    "map": lambda data, folder: data.map(lambda row: {"length": len(row["prompt"])}),
    "push_to_hub": _handed_over("push_to_hub"),
    "_push_parquet_shards_to_hub": _handed_over("_push_parquet_shards_to_hub"),  # for DatasetDict.push_to_hub
    "save_to_disk": _saved,
    "to_csv": _read_back(pd.read_csv, lambda data, path: data.to_csv(path), "data.csv"),
    "to_dict": lambda data, folder: _columns(data.to_dict()),
    "to_json": _read_back(
        lambda path: pd.read_json(path, lines=True), lambda data, path: data.to_json(path), "data.jsonl"
    ),
    "to_list": lambda data, folder: data.to_list(),
    "to_pandas": lambda data, folder: data.to_pandas().to_dict("records"),
    "to_parquet": _read_back(pd.read_parquet, lambda data, path: data.to_parquet(path), "data.parquet"),
    "to_polars": _handed_over("to_polars"),
    "to_sql": _sql,
}

REFUSED: dict[str, Callable[[Any], Any]] = {
    "add_elasticsearch_index": lambda data: data.add_elasticsearch_index("prompt"),
    "add_faiss_index": lambda data: data.add_faiss_index("prompt"),
    "add_faiss_index_from_external_arrays": lambda data: data.add_faiss_index_from_external_arrays(
        np.zeros((ROWS, 2)), "name"
    ),
    "add_item": lambda data: data.add_item({}),
    "batch": lambda data: data.batch(2),
    "data": lambda data: data.data,
    "flatten": lambda data: data.flatten(),
    "load_elasticsearch_index": lambda data: data.load_elasticsearch_index("name", "es"),
    "load_faiss_index": lambda data: data.load_faiss_index("name", "file"),
    "to_tf_dataset": lambda data: data.to_tf_dataset(2),
    # Parts of what a method can do, and functions of the library.
    "add_column, of a hidden name": lambda data: data.remove_columns("task").add_column("task", ["x"] * ROWS),
    "cast, of a prompt": lambda data: data.cast(Features({**data.features, "prompt": Value("large_string")})),
    "cast_column, of a prompt": lambda data: data.cast_column("prompt", Value("large_string")),
    "class_encode_column, of a task": lambda data: data.class_encode_column("task"),
    "concatenate_datasets": lambda data: concatenate_datasets([data, data]),
    "concatenate_datasets, side by side": lambda data: concatenate_datasets([data, DATA.select_columns([])], axis=1),
    "concatenate_datasets, of a part": lambda data: concatenate_datasets([DATA, data.select([3, 1])]),
    "interleave_datasets": lambda data: interleave_datasets([data, data]),
    "remove_columns, of all prompts": lambda data: data.remove_columns(ADDED),
    "select_columns, of no prompt": lambda data: data.select_columns(["target"]),
    "sort, by a prompt": lambda data: data.sort("prompt"),
    "to_iterable_dataset, of a transform": lambda data: data.with_transform(dict).to_iterable_dataset(),
}

READ = {
    *("cache_files", "cleanup_cache_files", "column_names", "features", "info", "num_columns", "num_rows", "shape"),
    *("format", "formatted_as", "iter", "reset_format", "set_format", "set_transform", "unique"),
}
UNTOUCHED = {
    *("builder_name", "citation", "config_name", "dataset_size", "description", "download_checksums", "download_size"),
    *("homepage", "license", "size_in_bytes", "split", "supervised_keys", "version"),
    # Indices of searches, of which there is none.
    *("drop_index", "get_index", "get_nearest_examples", "get_nearest_examples_batch", "is_index_initialized"),
    *("list_indexes", "save_faiss_index", "search", "search_batch"),
    # Made anew, of no augmented data.
    *("from_buffer", "from_csv", "from_dict", "from_file", "from_generator", "from_json", "from_list", "from_pandas"),
    *("from_parquet", "from_polars", "from_spark", "from_sql", "from_text", "load_from_disk"),
}


def test_every_public_name_is_thought_of():
    """A new method of the library has to be given its place here before a version of it is supported."""
    names = {name for name in dir(Dataset) if not name.startswith("_")}
    table = [*AUGMENTS, *WRITTEN, *(name for name in REFUSED if "," not in name), *READ, *UNTOUCHED]
    assert {name for name in table if "_datasets" not in name and "by_node" not in name and name[0] != "_"} == names


@pytest.mark.parametrize("name", AUGMENTS)
def test_what_a_method_makes_goes_on_augmenting(name):
    """In the epoch of the data that it is made from, and in each that is set later."""
    data = _augmented()
    data.set_epoch(2)
    made = AUGMENTS[name](data)
    assert isinstance(made, (AugmentedDataset, IterableDataset))
    for epoch in (None, 0, 5):
        if epoch is not None:
            made.set_epoch(epoch)
        seen = toy.prompts(made)
        assert len(seen) >= 4
        assert seen == {unique_id: TRUTH[2 if epoch is None else epoch][unique_id] for unique_id in seen}
    assert data.epoch == 2


@pytest.mark.parametrize("name", sorted(AUGMENTS.keys() - {"to_iterable_dataset", "with_transform", "with_format"}))
def test_what_a_method_makes_is_what_it_makes_of_plain_data(name):
    """The same rows in the same order, the same columns and features, with the prompts as the last columns."""
    if name == "select_columns":
        made, plain = _augmented().select_columns(["target", *ADDED]), DATA.select_columns(["target"])
    else:
        plain = AUGMENTS[name](_augmented().map(lambda row: {}) if name == "filter" else DATA)
        made = AUGMENTS[name](_augmented())
    assert made.column_names == [*(each for each in plain.column_names if each not in ADDED), *ADDED] or name in (
        "add_column",
        "class_encode_column",
    )
    assert (len(made), made.num_rows) == (len(plain), plain.num_rows)
    assert made.shape == (len(made), made.num_columns) == (len(made), len(made.column_names))
    assert {**plain.features, **made.features} == made.features == made.info.features
    assert [{name: row[name] for name in plain.column_names} for row in made] == list(plain)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize(
    "make",
    [lambda data: data, lambda data: data.shuffle(seed=1).take(9), lambda data: data.filter(_keep)],
    ids=["itself", "some rows", "filtered"],
)
def test_what_is_written_is_what_is_shown(name, make, tmp_path):
    """The prompts of the epoch at that moment, in the order of the rows, in plain data."""
    data = _augmented().select_columns(TEXTS)
    data.set_epoch(2)
    made = make(data)
    written = WRITTEN[name](made, tmp_path)
    assert not isinstance(written, AugmentedDataset)
    assert toy.prompts(written) == {row["unique_id"]: TRUTH[2][row["unique_id"]] for row in made}
    assert [row["unique_id"] for row in written] == made["unique_id"][:]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_go_on_is_refused(name):
    """With a sentence that names another way; never by losing the prompts."""
    message = r"before augment\(\)|bake\(data|choose another name|remove_unused_columns=False|with_format\(None\)"
    with pytest.raises(UnsupportedError, match=message):
        REFUSED[name](_augmented())


@pytest.mark.parametrize("name", ["from_dict", "from_list", "from_pandas"])
def test_class_methods_make_plain_data(name):
    """Some libraries call them on the class of what they were given."""
    given = {"from_dict": {"a": [1]}, "from_list": [{"a": 1}], "from_pandas": pd.DataFrame({"a": [1]})}[name]
    made = getattr(type(_augmented()), name)(given)
    assert type(made) is Dataset
    assert made[0] == {"a": 1}


def test_columns_are_listed_with_those_that_augmenting_adds():
    """Names, features and info agree with the rows."""
    data = _augmented(output="messages", option_order=True)
    added = ["messages", "instruction_id", "option_order"]
    assert data.column_names == list(data.features) == list(data[0]) == [*DATA.column_names, *added]
    assert data.features == Features({**DATA.features, **data.augmenter.added})
    assert repr(data).startswith("AugmentedDataset({\n    features: ['unique_id', 'task',")


def test_a_column_is_read_in_the_epoch_shown():
    """By name, lazily as in the library: what is read later is of a later epoch."""
    data = _augmented()
    column = data["prompt"]
    for epoch in EPOCHS:
        data.set_epoch(epoch)
        shown = [prompt for prompt, _ in TRUTH[epoch].values()]
        assert column[:] == list(column) == shown
        assert (column[3], column[[2, 0]]) == (shown[3], [shown[2], shown[0]])
        assert data.unique("instruction_id") == list(dict.fromkeys(name for _, name in TRUTH[epoch].values()))
    assert data["target"][4] == "target 4"
    assert data.unique("kind") == [0, 1]
    with pytest.raises(ValueError, match="Column 'nothing' doesn't exist"):
        data["nothing"]
    with pytest.raises(ValueError, match=r"Column \(nothing\) not in table columns"):
        data.unique("nothing")


@pytest.mark.parametrize("kind", ["numpy", "torch", "pandas", "arrow"])
def test_formats_are_those_of_the_library(kind):
    """Rows, batches, columns and iteration come in the format, and are what written data give in it."""
    data = _augmented(epoch=2).select_columns(["kind", "instruction_id", "unique_id"])
    plain = data.map().with_format(kind)
    formatted = data.with_format(kind)

    def same(ours: Any, theirs: Any) -> None:
        assert type(ours) is type(theirs)
        if isinstance(ours, list):
            assert len(ours) == len(theirs)
            for pair in zip(ours, theirs, strict=True):
                same(*pair)
        elif isinstance(ours, pa.Table):
            assert ours.equals(theirs)
        else:
            assert str(ours) == str(theirs)

    same(formatted[3], plain[3])
    same(formatted[2:5], plain[2:5])
    same(formatted[[7, 1]], plain[[7, 1]])
    same(formatted["instruction_id"][:], plain["instruction_id"][:])
    same(formatted["kind"][:], plain["kind"][:])
    same(list(formatted), list(plain))
    same(list(formatted.iter(5, drop_last_batch=True)), list(plain.iter(5, drop_last_batch=True)))
    with data.formatted_as(kind):
        same(data[3], plain[3])
    formatted.reset_format()
    assert formatted[3] == data[3]


def test_a_transform_of_the_users_own_gets_the_prompts():
    """Put on after augmenting, as for tokenizing on the fly; in each epoch its prompts."""
    data = _augmented().with_transform(lambda batch: {"length": [len(prompt) for prompt in batch["prompt"]]})
    for epoch in EPOCHS:
        data.set_epoch(epoch)
        lengths = [len(prompt) for prompt, _ in TRUTH[epoch].values()]
        assert data[:] == {"length": lengths}
        data.set_epoch(epoch)
        assert [row["length"] for row in data] == lengths


def test_chosen_columns_of_a_format_stay_chosen():
    """As in the library: others are left out, or come as Python objects; new ones join those chosen."""
    data = _augmented().with_format("numpy", columns=["prompt", "kind"])
    assert set(data[0]) == {"prompt", "kind"}
    assert set(data.rename_column("prompt", "text").add_column("n", range(ROWS))[0]) == {"text", "kind", "n"}
    assert set(data.remove_columns("kind").shuffle(seed=1)[0]) == {"prompt"}
    assert set(_augmented().with_format("numpy", columns=["kind"], output_all_columns=True)[0]) == {*data.column_names}
    with pytest.raises(ValueError, match="not in the dataset"):
        data.set_format("numpy", columns=["nothing"])


def _numbered(data: Any, folder: Path) -> Any:
    """The data in files, where the library keeps a cache."""
    data.save_to_disk(folder)
    return load_from_disk(folder)


CACHED = pytest.mark.parametrize(
    ("cached", "num_proc"),
    [(True, None), (False, None), (True, 2), pytest.param(False, 2, marks=pytest.mark.full)],
)


@CACHED
def test_map_and_filter_take_the_epoch_shown(cached, num_proc, tmp_path):
    """Neither the cache nor other processes have another; what was made in an epoch comes back in that epoch."""
    data = augment(_numbered(DATA, tmp_path / "data"), POOL, seed=3)
    options: dict[str, Any] = {"num_proc": num_proc, "load_from_cache_file": cached}
    for epoch in (*EPOCHS, *EPOCHS):
        data.set_epoch(epoch)
        mapped = data.map(_first, **options)
        assert mapped["first"][:] == [prompt[:1] for prompt, _ in TRUTH[epoch].values()]
        assert toy.prompts(mapped) == TRUTH[epoch]
        kept = data.filter(_keep, **options)
        assert kept["unique_id"][:] == [name for name, (prompt, _) in TRUTH[epoch].items() if "1" in prompt]


def _first(example: dict[str, Any]) -> dict[str, Any]:
    return {"first": example["prompt"][:1]}


@CACHED
def test_mapping_an_augmenter_takes_its_epoch(cached, num_proc, tmp_path):
    """`Dataset.map` of plain data, by an augmenter that was set: its pickle and its fingerprint have the epoch."""
    data, augmenter = _numbered(DATA, tmp_path / "data"), InstructionAugmenter(POOL, seed=3)
    for epoch in (*EPOCHS, *EPOCHS):
        augmenter.set_epoch(epoch)
        assert toy.prompts(data.map(augmenter, num_proc=num_proc, load_from_cache_file=cached)) == TRUTH[epoch]


def test_fingerprints_say_what_is_shown(tmp_path):
    """Of the data, their columns, and the epoch."""
    data = augment(_numbered(DATA, tmp_path / "data"), POOL, seed=3)
    others = [data.rename_column("prompt", "p"), data.select(range(3)), _augmented(), data.at_epoch(2)]
    seen = [data._fingerprint]
    data.set_epoch(5)
    seen += [each._fingerprint for each in [data, *others]]
    assert len(set(seen)) == len(seen)
    data.set_epoch(0)
    assert data._fingerprint == seen[0] == augment(load_from_disk(tmp_path / "data"), POOL, seed=3)._fingerprint


def test_pushing_a_dict_pushes_what_its_splits_show():
    """`DatasetDict` asks each split for its files by a private method; it gets those of the prompts."""
    splits = augment(DatasetDict({"train": DATA, "test": DATA}), POOL, seed=3)
    splits["train"].set_epoch(2)
    for split, epoch in (("train", 2), ("test", 0)):
        assert toy.prompts(WRITTEN["_push_parquet_shards_to_hub"](splits[split], Path())) == TRUTH[epoch]


@pytest.mark.parametrize("output", ["prompt", "messages"])
def test_pictures_that_are_not_shown_are_not_decoded(output):
    """Prompts can be read where a picture is broken, and its file is gone."""
    rows = [{**row, "images": [{"bytes": b"no picture", "path": None}]} for row in toy.examples(4)]
    data = augment(Dataset.from_list(rows, features=FEATURES), POOL, seed=3, output=output)
    expected = [row[output] for row in map(InstructionAugmenter(POOL, seed=3, output=output), rows)]
    assert data[output][:] == expected
    assert data.select_columns([output])[:] == {output: expected}
    assert [row[output] for row in data.remove_columns(["images"])] == expected
    assert data.remove_columns("images").to_dict()[output] == expected
