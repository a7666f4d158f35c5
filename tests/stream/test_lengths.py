"""Streams of known length: what they know it from, and that loaders count their batches rightly."""

from typing import Any

import pytest
from accelerate.data_loader import IterableDatasetShard
from datasets import IterableDataset, SplitDict, SplitInfo, concatenate_datasets
from datasets.distributed import split_dataset_by_node
from torch.utils.data import DataLoader

from instraug_datasets import augment, mixture
from instraug_datasets.errors import SettingError
from instraug_datasets.stream import SizedAugmentedIterableDataset, count_examples
from tests import toy

# Machines with fewer cores than workers are fine here.
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")

POOL = toy.pool()
SIZES = (5, 1, 3, 2)
TOTAL = sum(SIZES)
DATA = toy.dataset(TOTAL).select_columns(["unique_id", "task", "options", "region", "question", "history", "meta"])
EXAMPLES = DATA.to_list()


def _generate(shards: list[int]) -> Any:
    for shard in shards:
        yield from EXAMPLES[sum(SIZES[:shard]) : sum(SIZES[: shard + 1])]


def _generated(shards: int = len(SIZES)) -> IterableDataset:
    """A stream that knows nothing of its length, of shards of different sizes."""
    return IterableDataset.from_generator(_generate, gen_kwargs={"shards": list(range(shards))}, features=DATA.features)


def _of_split(dataset: IterableDataset, **said: Any) -> IterableDataset:
    """The stream with an info that says something of its split, as the Hub's data have it."""
    dataset = dataset.map(lambda example: example, features=DATA.features)
    dataset.info.splits = SplitDict({"train": SplitInfo("train", **said)})
    dataset._split = "train"
    return dataset


def test_lengths_of_map_style_origin_are_known():
    """What `to_iterable_dataset` makes has the length of what it was made from, however it was cut."""
    for shards in (1, 2, 4, TOTAL):
        assert len(augment(DATA.to_iterable_dataset(num_shards=shards), POOL)) == TOTAL
    indexed = DATA.shuffle(seed=1).select(range(7)).to_iterable_dataset(num_shards=2)
    assert len(augment(indexed, POOL)) == 7


def test_the_info_of_a_split_says_the_length():
    """Seen through what was done to the stream before it was augmented."""
    stream = _of_split(_generated(), num_examples=TOTAL)
    assert len(augment(stream, POOL)) == TOTAL
    assert len(augment(stream.take(4), POOL)) == 4
    assert not isinstance(augment(stream.filter(bool), POOL), SizedAugmentedIterableDataset)
    assert not isinstance(augment(_of_split(_generated(), num_examples=0), POOL), SizedAugmentedIterableDataset)


def test_a_length_is_given():
    """As one number or one for each shard; it holds for what is made of the stream."""
    assert len(augment(_generated(), POOL, length=TOTAL)) == TOTAL
    stream = augment(_generated(), POOL, length=SIZES)
    assert len(stream) == TOTAL
    assert [len(stream.shard(4, index)) for index in range(4)] == list(SIZES)
    assert len(stream.shuffle(seed=1, buffer_size=3)) == TOTAL
    assert not isinstance(augment(_generated(), POOL, length=TOTAL).shard(2, 0), SizedAugmentedIterableDataset)


def test_examples_are_counted():
    """For data that state no length: once, shard by shard."""
    assert count_examples(_generated()) == list(SIZES)
    assert count_examples(DATA.to_iterable_dataset(num_shards=2)) == [6, 5]


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (-1, "length must be a number of examples, or one for each shard, but is -1."),
        ([1.5, 1, 1, 1], r"length must be a number of examples, or one for each shard, but is \[1.5, 1, 1, 1\]."),
        ([1, 2], "length has 2 numbers, but the stream has 4 shards; give one for each."),
    ],
)
def test_a_wrong_length_is_refused(length, message):
    """It says what was given and what is expected."""
    with pytest.raises(SettingError, match=message):
        augment(_generated(), POOL, length=length)
    with pytest.raises(SettingError, match="length= is for a stream, but the data are a Dataset"):
        augment(DATA, POOL, length=3)


def test_a_length_that_does_not_hold_is_warned_of():
    """At the end of the first pass that shows it."""
    stream = augment(_generated(), POOL, length=TOTAL + 2)
    with pytest.warns(UserWarning, match=f"should have {TOTAL + 2} examples, but has {TOTAL}"):
        list(stream)


@pytest.mark.parametrize("workers", [0, 2, 3])
@pytest.mark.parametrize(
    "make",
    [
        lambda stream: stream,
        lambda stream: stream.shuffle(seed=1, buffer_size=4).map(dict),
        lambda stream: stream.skip(2).take(7),
        lambda stream: split_dataset_by_node(stream, 1, 2),
        lambda stream: split_dataset_by_node(stream, 1, 3),
        lambda stream: concatenate_datasets([stream, stream.map(dict, features=stream.features)]),
        lambda stream: stream.repeat(2),
    ],
    ids=["nothing", "shuffle, map", "skip, take", "shards of a rank", "examples of a rank", "concatenate", "repeat"],
)
def test_a_loader_counts_its_batches(make, workers):
    """Each worker ends with an incomplete batch of its own: the loader's length counts them, in every epoch."""
    for batch_size, drop_last in ((2, False), (3, True)):
        stream = make(augment(_generated(), POOL, length=SIZES))
        loader = DataLoader(stream, batch_size, num_workers=workers, collate_fn=len, drop_last=drop_last)
        for epoch in (0, 1):
            stream.set_epoch(epoch)
            assert len(loader) == len(list(loader))


def test_the_number_of_batches_is_that_of_every_epoch():
    """Shards of different sizes stay with their worker, so that what a loop counts at its start holds to its end."""
    stream = augment(_generated(), POOL, length=SIZES)
    loader = DataLoader(stream, 2, num_workers=2, collate_fn=len)
    lengths, orders = set(), set()
    for epoch in range(8):
        stream.set_epoch(epoch)
        lengths |= {len(loader), len(list(loader))} if epoch < 4 else {len(loader)}
        orders.add(tuple(row["unique_id"] for row in stream))
    assert lengths == {4 + 2}
    assert len(orders) > 4


def test_a_loader_of_workers_whose_parts_are_unknown_has_no_length():
    """Better none than a wrong one; one worker, or none, needs no more than the whole."""
    stream = augment(_generated(), POOL, length=TOTAL)
    assert len(DataLoader(stream, 2, num_workers=1)) == len(DataLoader(stream, 2)) == 6
    with pytest.raises(TypeError, match=r"how much of it each of 2 workers reads.*length=\[...\]"):
        len(DataLoader(stream, 2, num_workers=2))


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("drop_last", [False, True])
def test_ranks_of_accelerate_count_their_batches(workers, drop_last):
    """Where there are fewer shards than ranks, accelerate has each rank read everything and take its part."""
    for batch_size in (1, 2):
        stream = augment(_generated(2), POOL, length=SIZES[:2])
        ranks = [IterableDatasetShard(stream, batch_size, drop_last, 3, rank) for rank in range(3)]
        loaders = [DataLoader(each, batch_size, num_workers=workers, drop_last=drop_last) for each in ranks]
        for loader in loaders:
            loader.collate_fn = len
            assert len(loader) == len(list(loader))
            stream.set_epoch(0)


def test_a_mixture_that_gives_every_example_once_has_a_length():
    """Drawn at random, but all of it."""
    streams = {"a": augment(_generated(), POOL, length=SIZES), "b": augment(DATA.to_iterable_dataset(), POOL)}
    mixed = mixture(streams, seed=1, stopping_strategy="all_exhausted_without_replacement")
    assert len(mixed) == 2 * TOTAL == sum(1 for _ in mixed)
    assert not isinstance(mixture(streams, seed=1), SizedAugmentedIterableDataset)
