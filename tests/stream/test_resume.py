"""Exact resume: stopped anywhere, loaded into fresh data, a stream goes on with the very next example."""

from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any

import pyarrow as pa
import pytest
from datasets import IterableDataset, concatenate_datasets, interleave_datasets
from torchdata.stateful_dataloader import StatefulDataLoader

from instraug_datasets import augment
from tests import toy

ROWS = 16
BATCH = 2
DATA = toy.dataset(ROWS)
EXAMPLES = toy.examples(ROWS)
POOL = toy.pool()
COLUMNS = ["unique_id", "task", "prompt", "instruction_id"]


def _generate(shards: list[int]) -> Any:
    for shard in shards:
        yield from EXAMPLES[shard::2]


def _from_generator() -> IterableDataset:
    return IterableDataset.from_generator(_generate, gen_kwargs={"shards": [0, 1]}, features=DATA.features)


def _from_arrow() -> IterableDataset:
    return DATA.to_iterable_dataset(num_shards=2)


def _tag(example: dict[str, Any]) -> dict[str, Any]:
    return {"length": len(example["prompt"])}


def _tag_batch(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {"length": [len(prompt) for prompt in batch["prompt"]]}


def _keep(example: dict[str, Any]) -> bool:
    return not example["unique_id"].endswith("7")


def _has_words(example: dict[str, Any]) -> bool:
    return example["task"] in ("caption", "dialogue")


def _has_lists(example: dict[str, Any]) -> bool:
    return not _has_words(example)


def _halves(stream: IterableDataset) -> list[IterableDataset]:
    return [stream.filter(_has_words), stream.filter(_has_lists)]


FOLLOWERS: dict[str, Callable[[IterableDataset], IterableDataset]] = {
    "nothing": lambda stream: stream,
    "map": lambda stream: stream.map(_tag),
    "map, batched": lambda stream: stream.map(_tag_batch, batched=True, batch_size=5),
    "filter": lambda stream: stream.filter(_keep),
    "skip": lambda stream: stream.skip(4),
    "take": lambda stream: stream.take(13),
    "shard": lambda stream: stream.shard(num_shards=2, index=1),
    "select_columns": lambda stream: stream.select_columns(COLUMNS),
    "interleave": lambda stream: interleave_datasets(_halves(stream), stopping_strategy="all_exhausted"),
    "interleave, drawn": lambda stream: interleave_datasets(_halves(stream), probabilities=[0.4, 0.6], seed=1),
    "concatenate": lambda stream: concatenate_datasets(_halves(stream)),
    "concatenate, of one shard each": lambda stream: concatenate_datasets(
        [stream.shard(num_shards=stream.num_shards, index=index) for index in range(stream.num_shards)]
    ),
    "map, filter, skip, take": lambda stream: stream.map(_tag).filter(_keep).skip(2).take(8),
}
SOURCES = {"from arrow": _from_arrow, "from generator": _from_generator}


def assert_resumes(make: Callable[[], Any], read: Callable[[Any], Any], epoch: int) -> None:
    """Stop at every step, and twice: what comes after is what would have come.

    Args:
        make: Makes the data set, anew each time.
        read: Its steps, as comparable values.
    """

    def fresh(state: Any = None) -> Any:
        data = make()
        data.set_epoch(epoch)
        if state is not None:
            data.load_state_dict(state)
        return data

    data, states, whole = fresh(), [], []
    for step in read(data):
        whole.append(step)
        states.append(data.state_dict())
    assert len(whole) > 3
    for done, state in enumerate(states, start=1):
        assert list(read(fresh(state))) == whole[done:], f"stopped after step {done}"
    for first, second in ((1, 1), (2, 2), (len(whole) // 2, 1), (1, len(whole) - 2)):
        data = fresh(states[first - 1])
        between = list(islice(read(data), second))
        assert between == whole[first : first + second]
        rest = list(read(fresh(data.state_dict())))
        assert rest == whole[first + second :], f"stopped after {first} and {second} steps"


def _examples(data: IterableDataset) -> Any:
    return ({name: example[name] for name in COLUMNS} for example in data)


def _batches(data: IterableDataset) -> Any:
    for table in data.iter(batch_size=BATCH):
        assert isinstance(table, pa.Table)
        yield table.to_pylist()


def _combinations(operations: dict[str, Any]) -> Iterator[Any]:
    """Of each source, operation and epoch; every run has each operation in both epochs, of one source each."""
    for (s, source), (o, operation), (e, epoch) in product(
        enumerate(SOURCES), enumerate(operations), enumerate((0, 2))
    ):
        values = (SOURCES[source], operations[operation], epoch)
        marks = [pytest.mark.full] if (s + o + e) % 2 else []
        yield pytest.param(*values, id=f"{source}-{operation}-{epoch}", marks=marks)


@pytest.mark.parametrize(("source", "follower", "epoch"), [*_combinations(FOLLOWERS)])
def test_examples_resume_at_every_step(source, follower, epoch):
    """Whatever stands behind `augment`, in the first epoch and in later ones."""
    assert_resumes(lambda: follower(augment(source(), POOL, seed=5)), _examples, epoch)


@pytest.mark.parametrize(("source", "follower", "epoch"), [*_combinations(FOLLOWERS)])
def test_arrow_batches_resume_at_every_step(source, follower, epoch):
    """Batches cut anew from the tables of the source go on where they stopped."""

    def make() -> IterableDataset:
        # Of columns that are null in some batches alone, `datasets` makes tables of different types.
        return follower(augment(source(), POOL, seed=5)).select_columns(COLUMNS).with_format("arrow")

    assert_resumes(make, _batches, epoch)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_stands_before_augment_resumes_too(source):
    """The state is that of what is augmented, so its operations go on as exactly."""
    assert_resumes(lambda: augment(source().filter(_has_lists).skip(1), POOL, seed=5), _examples, 1)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_state_is_that_of_the_data_without_prompts(source):
    """A checkpoint of the plain stream serves the augmented one and the other way round: nothing is added to it."""
    plain, augmented = source(), augment(source(), POOL)
    for _ in zip(range(7), plain, strict=False):
        pass
    for _ in zip(range(7), augmented, strict=False):
        pass
    assert augmented.state_dict()["examples_iterable"] == plain.state_dict()["examples_iterable"]
    whole = [row["unique_id"] for row in source()]
    for data, state in ((source(), augmented.state_dict()), (augment(source(), POOL), plain.state_dict())):
        data.load_state_dict(state)
        assert [row["unique_id"] for row in data] == whole[7:]


SHUFFLES: dict[str, Callable[[IterableDataset], IterableDataset]] = {
    "small blocks": lambda stream: stream.shuffle(seed=1, buffer_size=5),
    "one block": lambda stream: stream.shuffle(seed=1, buffer_size=1000),
    "of one shard at a time": lambda stream: stream.shuffle(seed=1, buffer_size=3, max_buffer_input_shards=1),
    "map, shuffle, filter": lambda stream: stream.map(_tag).shuffle(seed=1, buffer_size=5).filter(_keep),
    "skip, shuffle, take": lambda stream: stream.skip(2).shuffle(seed=1, buffer_size=4).take(10),
    "twice": lambda stream: stream.shuffle(seed=1, buffer_size=5).shuffle(seed=2, buffer_size=3),
}


@pytest.mark.parametrize(("source", "shuffle", "epoch"), [*_combinations(SHUFFLES)])
def test_shuffled_streams_resume_at_every_step(source, shuffle, epoch):
    """In the middle of a block and between blocks: none is lost, none comes twice, the order is the same."""
    assert_resumes(lambda: shuffle(augment(source(), POOL, seed=5)), _examples, epoch)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_shuffles_shuffle(source):
    """Every example once, in another order in every epoch, by the seed."""
    orders = {}
    for seed, epoch in ((1, 0), (1, 1), (1, 0), (2, 0)):
        stream = augment(source(), POOL).shuffle(seed=seed, buffer_size=8)
        stream.set_epoch(epoch)
        orders[seed, epoch] = [row["unique_id"] for row in stream]
        assert sorted(orders[seed, epoch]) == sorted(row["unique_id"] for row in EXAMPLES)
    assert len(set(map(tuple, orders.values()))) == 3


def test_a_shuffle_before_augment_is_warned_of():
    """The library's buffer is no part of the state; shuffling after `augment` is the way round."""
    stream = augment(_from_arrow().shuffle(seed=1), POOL)
    with pytest.warns(UserWarning, match=r"Shuffle after augment\(\), augment\(stream, ...\).shuffle\(seed=...\)"):
        stream.load_state_dict(stream.state_dict())


@pytest.mark.parametrize("last", [1, 5])
@pytest.mark.parametrize("then", [1, 3, 8])
@pytest.mark.parametrize("first", [1, 3, 8])
@pytest.mark.parametrize("name", ["nothing", "map", "small blocks"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_batches_of_another_size_go_on_where_they_stopped(source, name, first, then, last):
    """Saved positions count batches; read in others, twice, no example is lost and none comes again."""
    make = (FOLLOWERS | SHUFFLES)[name]

    def read(size: int, steps: int | None, state: Any) -> tuple[list[str], Any]:
        data = make(augment(source(), POOL))
        if state is not None:
            data.load_state_dict(state)
        batches = islice(
            data.iter(batch_size=size) if size > 1 else ({"unique_id": [r["unique_id"]]} for r in data), steps
        )
        return [unique_id for batch in batches for unique_id in batch["unique_id"]], data.state_dict()

    whole, _ = read(1, None, None)
    one, state = read(first, 1, None)
    two, state = read(then, 1, state)
    rest, _ = read(last, None, state)
    assert sorted(one + two + rest) == sorted(whole)
    if name != "small blocks":  # blocks are emptied in one order row by row and in batches, but not cut the same
        assert one + two + rest == whole


def test_a_pass_after_the_resumed_one_is_whole():
    """The state counts once, in that epoch."""
    stream = augment(_from_arrow(), POOL)
    stream.set_epoch(3)
    for _ in zip(range(4), stream, strict=False):
        pass
    resumed = augment(_from_arrow(), POOL)
    resumed.load_state_dict(stream.state_dict())
    assert resumed.epoch == 3
    assert sum(1 for _ in resumed) == ROWS - 4
    with pytest.warns(UserWarning, match="the epoch is still 3"):
        assert sum(1 for _ in resumed) == ROWS
    resumed.set_epoch(4)
    assert sum(1 for _ in resumed) == ROWS


def test_a_state_of_another_epoch_is_warned_of():
    """A loader's counter, say, has set another since it was loaded."""
    stream = augment(_from_arrow(), POOL)
    stream.set_epoch(2)
    for _ in zip(range(4), stream, strict=False):
        pass
    resumed = augment(_from_arrow(), POOL)
    resumed.load_state_dict(stream.state_dict())
    resumed.set_epoch(5)
    with pytest.warns(UserWarning, match=r"state is of epoch 2, but the stream is in epoch 5.*set_epoch\(2\)"):
        assert sum(1 for _ in resumed) == ROWS


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize(
    "make",
    [
        FOLLOWERS["nothing"],
        SHUFFLES["small blocks"],
        FOLLOWERS["concatenate"],
        FOLLOWERS["concatenate, of one shard each"],
    ],
)
@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")
def test_a_stateful_loader_resumes(make, workers):
    """With torchdata's loader, in its workers too, and in the epoch that the state is of."""

    def loader() -> Any:
        stream = make(augment(DATA.to_iterable_dataset(num_shards=4), POOL))
        return StatefulDataLoader(stream, batch_size=2, num_workers=workers, collate_fn=_prompts)

    first = loader()
    first.dataset.set_epoch(2)
    batches, states = [], []
    for batch in first:
        batches.append(batch)
        states.append(first.state_dict())
    for done in (1, 3, len(batches) - 1):
        resumed = loader()
        resumed.load_state_dict(states[done - 1])
        assert list(resumed) == batches[done:]


def _prompts(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["unique_id"], row["prompt"]) for row in rows]
