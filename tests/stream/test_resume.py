"""Exact resume: stopped anywhere, loaded into fresh data, a stream goes on with the very next example."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest
from datasets import IterableDataset, concatenate_datasets, interleave_datasets

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


@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("follower", FOLLOWERS.values(), ids=FOLLOWERS)
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_examples_resume_at_every_step(source, follower, epoch):
    """Whatever stands behind `augment`, in the first epoch and in later ones."""
    assert_resumes(lambda: follower(augment(source(), POOL, seed=5)), _examples, epoch)


@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("follower", FOLLOWERS.values(), ids=FOLLOWERS)
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
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
    assert str(augmented.state_dict()) == str(plain.state_dict())
