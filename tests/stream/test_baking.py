"""`bake`: several epochs in one plain data set, with ids of their own and the pictures byte for byte."""

import io
from typing import Any

import pytest
from datasets import Dataset, DatasetDict, Features, Image, IterableDataset, List, Value, load_dataset
from PIL import Image as Pictures

from instraug_datasets import InstructionAugmenter, InstructionPool, augment, bake
from instraug_datasets.errors import SettingError
from instraug_datasets.records import FEATURES
from tests import toy

ROWS = 12
POOL = toy.pool()


def _picture(number: int) -> bytes:
    written = io.BytesIO()
    Pictures.new("RGB", (9, 7), (number * 20, 5, 90)).save(written, "jpeg", quality=31)
    return written.getvalue()


EXAMPLES = [
    {**row, "images": [{"bytes": _picture(number), "path": f"{number}.jpg"}]}
    for number, row in enumerate(toy.examples(ROWS))
]
DATA = Dataset.from_list(EXAMPLES, features=FEATURES)
TRUTH = [toy.prompts(map(InstructionAugmenter(POOL, seed=5, epoch=epoch), EXAMPLES)) for epoch in range(4)]


def _generate() -> Any:
    yield from EXAMPLES


SOURCES: dict[str, Any] = {
    "map-style": lambda: DATA,
    "some rows": lambda: DATA.shuffle(seed=2),
    "stream of tables": lambda: DATA.to_iterable_dataset(num_shards=3),
    "stream of examples": lambda: IterableDataset.from_generator(_generate, features=FEATURES),
}
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def _stored(data: Dataset) -> Any:
    return data.cast_column("images", List(Image(decode=False)))["images"]


@every_source
def test_epochs_stand_one_after_the_other(source):
    """Each with every example, prompts of that epoch, and ids that say so; everything else is as it was."""
    data = augment(source(), POOL, seed=5)
    baked = bake(data, epochs=3)
    assert type(baked) is Dataset
    order = []
    for epoch in range(3):
        data.set_epoch(epoch)  # of a stream with several shards, the library reads another first in each
        order += [(row["unique_id"], epoch) for row in data]
    assert baked["unique_id"][:] == [f"{unique_id}#{epoch}" for unique_id, epoch in order]
    assert toy.prompts(baked) == {f"{unique_id}#{epoch}": TRUTH[epoch][unique_id] for unique_id, epoch in order}
    assert baked.features == data.features == Features({**FEATURES, **_ADDED})
    rows = {row["unique_id"]: row for row in EXAMPLES}
    assert list(_stored(baked)) == [rows[unique_id]["images"] for unique_id, _ in order]
    assert baked["target"][:] == [rows[unique_id]["target"] for unique_id, _ in order]


_ADDED = {"prompt": Value("string"), "instruction_id": Value("string")}


@every_source
def test_the_epoch_shown_is_written_by_default(source):
    """With the ids that the examples have; what was shown is shown on."""
    data = augment(source(), POOL, seed=5)
    data.set_epoch(2)
    assert toy.prompts(bake(data)) == TRUTH[2]
    expected = {f"{name}#{e}": TRUTH[e][name] for e in (3, 1) for name in TRUTH[e]}
    assert toy.prompts(bake(data, epochs=[3, 1])) == expected
    assert data.epoch == 2


def test_what_is_shown_is_what_is_written():
    """Columns that were hidden or renamed, formats, and whole numbers as ids."""
    data = Dataset.from_dict({"id": [5, 7], "q": ["a?", "b?"], "other": [1, 2]})
    pool = InstructionPool.from_dict({"t": ["Say {question}"]})
    augmented = augment(data, pool, columns={"unique_id": "id", "question": "q"}, task="t")
    shown = augmented.select_columns(["prompt", "id"]).rename_columns({"prompt": "text", "id": "key"})
    shown = shown.with_format("numpy")
    assert list(bake(shown, epochs=2)) == [
        {"text": "Say a?", "key": "5#0"},
        {"text": "Say b?", "key": "7#0"},
        {"text": "Say a?", "key": "5#1"},
        {"text": "Say b?", "key": "7#1"},
    ]
    assert bake(shown)["key"][:] == [5, 7]


@pytest.mark.parametrize("stream", [False, True])
def test_whole_numbers_as_ids_become_text(stream):
    """They cannot hold the epoch."""
    data = Dataset.from_dict({"unique_id": [5, 7], "question": ["a?", "b?"]})
    pool = InstructionPool.from_dict({"t": ["Say {question}"]})
    baked = bake(augment(data.to_iterable_dataset() if stream else data, pool, task="t"), epochs=2)
    assert baked["unique_id"][:] == ["5#0", "7#0", "5#1", "7#1"]
    assert baked.features["unique_id"] == Value("string")


FILTERS: dict[str, Any] = {
    "examples": {"function": lambda row: row["images"][0].size == (9, 7)},
    "batches": {"function": lambda rows: [each[0].size == (9, 7) for each in rows["images"]], "batched": True},
    "columns": {
        "function": lambda task, images, place: bool(task) and images[0].size == (9, 7) and place >= 0,
        "input_columns": ["task", "images"],
        "with_indices": True,
    },
    "other columns": {"function": lambda task: bool(task), "input_columns": "task"},
}


@pytest.mark.parametrize("chosen", FILTERS.values(), ids=FILTERS)
@every_source
def test_pictures_stay_as_they_are_behind_filters(source, chosen):
    """A filter sees them decoded; what is written is what is stored, not encoded anew."""
    data = augment(source(), POOL, seed=5).filter(**chosen).filter(**chosen).shuffle(seed=1)
    baked = bake(data, epochs=1)
    stored = {row["unique_id"]: row["images"] for row in EXAMPLES}
    ids = [each.removesuffix("#0") for each in baked["unique_id"]]
    assert sorted(ids) == sorted(stored)
    assert list(_stored(baked)) == [stored[each] for each in ids]


def test_a_dict_is_written_split_by_split():
    """Splits that are fixed are written once, in their epoch."""
    splits = bake(augment(DatasetDict({"train": DATA, "test": DATA.take(2)}), POOL, seed=5), epochs=2)
    assert {name: len(split) for name, split in splits.items()} == {"train": 2 * ROWS, "test": 2}
    assert toy.prompts(splits["test"]) == {f"{name}#0": TRUTH[0][name] for name in list(TRUTH[0])[:2]}
    still = augment(DATA.to_iterable_dataset(), POOL, seed=5, epoch=3)
    assert set(bake(still, epochs=2)["unique_id"]) == {f"{name}#3" for name in TRUTH[3]}


def test_what_is_baked_is_published_whole(tmp_path):
    """Through Parquet, with the pictures in it."""
    bake(augment(DATA, POOL, seed=5), epochs=2).to_parquet(tmp_path / "data.parquet")
    read = load_dataset("parquet", data_files=str(tmp_path / "data.parquet"), split="train", cache_dir=str(tmp_path))
    assert toy.prompts(read) == {f"{name}#{e}": TRUTH[e][name] for e in range(2) for name in TRUTH[e]}
    assert [row[0]["bytes"] for row in _stored(read)] == [row["images"][0]["bytes"] for row in EXAMPLES] * 2


def test_a_stream_is_read_again_when_it_has_changed():
    """Nothing old comes out of a cache."""
    rows = [dict(EXAMPLES[0])]

    def generate() -> Any:
        yield from rows

    stream = augment(IterableDataset.from_generator(generate, features=FEATURES), POOL, seed=5)
    assert len(bake(stream)) == 1
    rows.append(dict(EXAMPLES[1]))
    assert len(bake(stream)) == 2


@every_source
def test_no_rows_are_no_rows(source):
    """With all columns."""
    baked = bake(augment(source(), POOL).filter(lambda row: False), epochs=2)
    assert len(baked) == 0
    assert baked.features == Features({**FEATURES, **_ADDED})


@pytest.mark.parametrize("epochs", [0, -1, True, 1.5, [], [1, 1], ["1"]])
def test_wrong_epochs_are_refused(epochs):
    """A number of epochs, or different ones."""
    with pytest.raises(SettingError, match=r"epoch"):
        bake(augment(DATA, POOL), epochs=epochs)


@pytest.mark.parametrize("data", [DATA, DATA.to_iterable_dataset(), [1]], ids=["map-style", "stream", "list"])
def test_other_data_are_refused(data):
    """There is nothing to write."""
    with pytest.raises(SettingError, match=r"bake\(\) takes what augment\(\) made, but got "):
        bake(data)


def test_a_stream_has_to_know_its_columns():
    """The message says how to tell it."""
    with pytest.raises(SettingError, match=r"does not know its columns; bake\(stream\.cast\(features\)\)"):
        bake(augment(IterableDataset.from_generator(_generate), POOL))
