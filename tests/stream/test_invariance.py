"""The promise of the stream: the map (epoch, id) -> prompt is the same however the data are read."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from datasets import IterableDataset, concatenate_datasets, interleave_datasets
from datasets.distributed import split_dataset_by_node
from torch.utils.data import DataLoader

from instraug_datasets import InstructionAugmenter, augment
from tests import toy

# Machines with fewer cores than workers are fine here.
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")

ROWS = 48
EPOCHS = (0, 1, 5, 0)
POOL = toy.pool()
TRUTH = {
    epoch: toy.prompts(map(InstructionAugmenter(POOL, seed=7, epoch=epoch), toy.examples(ROWS))) for epoch in EPOCHS
}


def _generate(shards: list[int]) -> Any:
    for shard in shards:
        yield from toy.examples(ROWS)[shard::4]


def _from_generator() -> IterableDataset:
    """A stream of Python examples, as a builder reads them from raw files."""
    return IterableDataset.from_generator(
        _generate, gen_kwargs={"shards": [0, 1, 2, 3]}, features=toy.dataset(1).features
    )


def _from_arrow() -> IterableDataset:
    """A stream of Arrow tables, as Parquet files give them."""
    return toy.dataset(ROWS).to_iterable_dataset(num_shards=4)


SOURCES = {"arrow": _from_arrow, "generator": _from_generator}


def _tag(example: dict[str, Any]) -> dict[str, Any]:
    return {"length": len(example["prompt"])}


def _keep(example: dict[str, Any]) -> bool:
    return not example["unique_id"].endswith("7")


def _halves(stream: IterableDataset) -> list[IterableDataset]:
    return [stream.filter(_is_even), stream.filter(_is_odd)]


def _is_even(example: dict[str, Any]) -> bool:
    return int(example["unique_id"].rsplit("/", 1)[1]) % 2 == 0


def _is_odd(example: dict[str, Any]) -> bool:
    return not _is_even(example)


FOLLOWERS: dict[str, Callable[[IterableDataset], IterableDataset]] = {
    "nothing": lambda stream: stream,
    "map": lambda stream: stream.map(_tag),
    "filter": lambda stream: stream.filter(_keep),
    "shuffle": lambda stream: stream.shuffle(seed=3, buffer_size=8),
    "take": lambda stream: stream.take(20),
    "skip": lambda stream: stream.skip(5),
    "shard": lambda stream: stream.shard(num_shards=2, index=1),
    "select_columns": lambda stream: stream.select_columns(["unique_id", "prompt", "instruction_id"]),
    "interleave": lambda stream: interleave_datasets(_halves(stream), stopping_strategy="all_exhausted"),
    "concatenate": lambda stream: concatenate_datasets(_halves(stream)),
    "split_by_node": lambda stream: split_dataset_by_node(stream, rank=1, world_size=2),
    "map, shuffle, skip": lambda stream: stream.map(_tag).shuffle(seed=1, buffer_size=5).skip(2),
    "with_format": lambda stream: stream.select_columns(["unique_id", "prompt", "instruction_id"]).with_format("torch"),
}

LOADERS: dict[str, dict[str, Any]] = {
    "main process": {"num_workers": 0},
    "1 forked": {"num_workers": 1, "multiprocessing_context": "fork"},
    "2 forked": {"num_workers": 2, "multiprocessing_context": "fork"},
    "4 forked, persistent": {"num_workers": 4, "multiprocessing_context": "fork", "persistent_workers": True},
}
SLOW_LOADERS: dict[str, dict[str, Any]] = {
    "2 spawned, persistent": {"num_workers": 2, "multiprocessing_context": "spawn", "persistent_workers": True},
    "2 by a fork server": {"num_workers": 2, "multiprocessing_context": "forkserver"},
}


def _first(batch: list[dict[str, Any]]) -> dict[str, Any]:
    return batch[0]


def _read(data: Any, **loader: Any) -> list[dict[str, tuple[Any, ...]]]:
    """What comes out in each of `EPOCHS`, the epoch set on the outermost data set."""
    loaded = DataLoader(data, batch_size=1, collate_fn=_first, **loader)
    seen = []
    for epoch in EPOCHS:
        data.set_epoch(epoch)
        seen.append(toy.prompts(_undoubled(loaded)))
    return seen


def _undoubled(rows: Any) -> list[Any]:
    """Rows without the repeats that `interleave_datasets` makes when one side is longer."""
    return list({row["unique_id"]: row for row in rows}.values())


def _assert_true(seen: list[dict[str, tuple[Any, ...]]], *, least: int) -> None:
    for epoch, prompts in zip(EPOCHS, seen, strict=True):
        assert len(prompts) >= least
        assert prompts == {unique_id: TRUTH[epoch][unique_id] for unique_id in prompts}


def _combinations() -> Iterator[Any]:
    """Of each source, operation and loader; every run has all in the main process, and forks once for the others."""
    for place, (source, follower) in enumerate(product(SOURCES, FOLLOWERS)):
        for number, loader in enumerate(LOADERS):
            fast = number == 0 or number == 1 + place % 3
            names = f"{source}-{follower}-{loader}"
            values = (SOURCES[source], FOLLOWERS[follower], LOADERS[loader])
            yield pytest.param(*values, id=names, marks=[] if fast else [pytest.mark.full])


@pytest.mark.parametrize(("source", "follower", "loader"), [*_combinations()])
def test_iterable_prompts_do_not_depend_on_how_they_are_read(source, follower, loader):
    """Every operation after `augment`, in every kind of worker, sees the same prompt for the same id and epoch."""
    _assert_true(_read(follower(augment(source(), POOL, seed=7)), **loader), least=20)


def _slow(values: dict[str, Any], fast: str) -> list[Any]:
    """Parameters of which every run has one."""
    return [
        pytest.param(value, id=name, marks=[] if name == fast else [pytest.mark.full]) for name, value in values.items()
    ]


@pytest.mark.parametrize("loader", _slow(SLOW_LOADERS, "2 spawned, persistent"))
@pytest.mark.parametrize(
    "follower", _slow({name: FOLLOWERS[name] for name in ("nothing", "map", "shuffle", "interleave")}, "interleave")
)
def test_iterable_prompts_reach_workers_that_start_from_nothing(follower, loader):
    """Workers that share no memory with their parent get the pool and the epoch all the same."""
    _assert_true(_read(follower(augment(_from_arrow(), POOL, seed=7)), **loader), least=20)


MAP_FOLLOWERS: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda data: data,
    "shuffle": lambda data: data.shuffle(seed=3),
    "select": lambda data: data.select(range(5, 30)),
    "take": lambda data: data.take(20),
    "skip": lambda data: data.skip(5),
    "shard": lambda data: data.shard(num_shards=2, index=1),
    "filter": lambda data: data.filter(_keep, keep_in_memory=True),
    "split_by_node": lambda data: split_dataset_by_node(data, rank=1, world_size=2),
}


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("shuffled", [False, True])
def test_map_style_prompts_do_not_depend_on_how_they_are_read(shuffled, loader):
    """A map-style data set gives the prompts of the stream, in every kind of worker, in order or shuffled."""
    _assert_true(_read(augment(toy.dataset(ROWS), POOL, seed=7), shuffle=shuffled, **loader), least=ROWS)


@pytest.mark.parametrize("loader", _slow(SLOW_LOADERS, "2 spawned, persistent"))
def test_map_style_prompts_reach_workers_that_start_from_nothing(loader):
    """So do workers that share no memory with their parent."""
    _assert_true(_read(augment(toy.dataset(ROWS), POOL, seed=7), shuffle=True, **loader), least=ROWS)


@pytest.mark.parametrize("follower", MAP_FOLLOWERS.values(), ids=MAP_FOLLOWERS)
def test_map_style_data_made_from_augmented_data_follow_its_epoch(follower):
    """What `select`, `shuffle` and the like make gives the prompts of the epoch set on the data they came from."""
    augmented = augment(toy.dataset(ROWS), POOL, seed=7)
    followed = follower(augmented)
    for epoch in EPOCHS:
        augmented.set_epoch(epoch)
        seen = toy.prompts(followed)
        assert len(seen) >= 20
        assert seen == {unique_id: TRUTH[epoch][unique_id] for unique_id in seen}


def test_batches_and_tables_give_the_prompts_of_single_examples():
    """`map`, batched or not, and the Arrow path all agree."""
    data, transform = toy.dataset(ROWS), InstructionAugmenter(POOL, seed=7, epoch=5)
    assert toy.prompts(data.map(transform, keep_in_memory=True)) == TRUTH[5]
    assert toy.prompts(data.map(transform, batched=True, batch_size=7, keep_in_memory=True)) == TRUTH[5]
    assert toy.prompts(data.to_iterable_dataset().map(transform, batched=True)) == TRUTH[5]
    assert toy.prompts(transform(data.with_format("arrow")[:]).to_pylist()) == TRUTH[5]
    tables = data.with_format("arrow").map(transform, batched=True, keep_in_memory=True)
    assert toy.prompts(tables.with_format(None)) == TRUTH[5]


def test_epochs_differ_and_come_back():
    """Epoch 5 is not epoch 0, and epoch 0 is epoch 0 again."""
    assert TRUTH[0] != TRUTH[5]
    seen = _read(augment(_from_arrow(), POOL, seed=7))
    assert seen[0] == seen[3]


def test_the_seed_changes_the_prompts():
    """Another seed is another stream."""
    assert toy.prompts(augment(_from_arrow(), POOL, seed=8)) != TRUTH[0]
