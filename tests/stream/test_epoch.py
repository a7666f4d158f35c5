"""How the epoch gets about: copies, pickles, processes, wrappers, and the warning when it stands still."""

import copy
import multiprocessing
import pickle
import warnings
from typing import Any

import cloudpickle
import dill
import pytest
from accelerate.data_loader import IterableDatasetShard
from datasets import IterableDataset, concatenate_datasets, interleave_datasets
from datasets.fingerprint import Hasher
from torch.utils.data import DataLoader
from torch.utils.data import IterableDataset as TorchIterableDataset

from instraug_datasets import InstructionAugmenter, InstructionPool, augment
from instraug_datasets.stream import augmenter_of
from tests import toy

ROWS = 24
EPOCHS = (0, 1, 2, 0)
POOL = toy.pool()
DATA = toy.dataset(ROWS)
TRUTH = {epoch: toy.prompts(map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(ROWS))) for epoch in EPOCHS}


def _stream() -> IterableDataset:
    return augment(DATA.to_iterable_dataset(num_shards=2), POOL)


def _first(batch: list[Any]) -> Any:
    return batch[0]


def _answer(augmenter: InstructionAugmenter, questions: Any) -> None:
    """In a process of its own: whenever asked, say which epoch it is."""
    while questions.recv():
        questions.send(augmenter.epoch)


@pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])
def test_another_process_sees_every_epoch_that_is_set(start_method):
    """Set before it starts and while it runs, however it was started."""
    augmenter = InstructionAugmenter(POOL)
    augmenter.set_epoch(3)
    context = multiprocessing.get_context(start_method)
    here, there = context.Pipe()
    process = context.Process(target=_answer, args=(augmenter, there))
    process.start()
    answers = []
    for epoch in (None, 4, 9, 0):
        if epoch is not None:
            augmenter.set_epoch(epoch)
        here.send(True)
        answers.append(here.recv())
    here.send(False)
    process.join()
    assert answers == [3, 4, 9, 0]


@pytest.mark.parametrize("pickler", [pickle, dill, cloudpickle])
def test_a_pickle_has_the_epoch_of_its_moment(pickler):
    """Other processes and clusters render what is rendered here, and go their own way from then on."""
    augmenter = InstructionAugmenter(POOL, seed=5, output="messages", task="caption")
    row = {"unique_id": "a", "target": "T"}
    augmenter.set_epoch(7)
    there = pickle.loads(pickler.dumps(augmenter))
    augmenter.set_epoch(8)
    assert there.epoch == 7
    assert there(row) == InstructionAugmenter(POOL, seed=5, output="messages", task="caption", epoch=7)(row)
    there.set_epoch(9)
    assert (there.epoch, augmenter.epoch) == (9, 8)


@pytest.mark.parametrize("pickler", [pickle, dill, cloudpickle])
def test_pickled_data_have_the_epoch_of_their_moment(pickler):
    """Of the data set that was set, or of one made from it, with its columns and its format."""
    data = augment(DATA, POOL)
    part = data.select(range(6)).rename_column("prompt", "text").with_format("numpy")
    data.set_epoch(2)
    for there in pickle.loads(pickler.dumps([data.rename_column("prompt", "text"), part])):
        assert there.epoch == 2
        rows = there.with_format(None)
        assert toy.prompts(rows, ("text", "instruction_id")).items() <= TRUTH[2].items()
        there.set_epoch(1)
        assert toy.prompts(rows, ("text", "instruction_id")).items() <= TRUTH[1].items()
    assert pickle.loads(pickler.dumps(part)).format == part.format
    assert data.epoch == 2


@pytest.mark.parametrize("pickler", [pickle, dill, cloudpickle])
@pytest.mark.parametrize(
    "made", [lambda stream: stream, lambda stream: stream.map(dict), lambda stream: stream.shuffle(seed=1)]
)
def test_a_pickled_stream_has_the_epoch_of_its_moment(made, pickler):
    """Jobs elsewhere read what is read here, in the same order, and go their own way from then on."""
    stream = made(_stream())
    stream.set_epoch(2)
    there = pickle.loads(pickler.dumps(stream))
    assert there.epoch == 2
    assert list(there) == list(stream)
    there.set_epoch(1)
    assert toy.prompts(there) == TRUTH[1]
    assert toy.prompts(stream) == TRUTH[2]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_in_the_same_process_shares_the_epoch(copied):
    """Data sets made from an augmented one copy its augmenter, and follow it all the same."""
    augmenter = InstructionAugmenter(POOL)
    copied(augmenter).set_epoch(4)
    assert augmenter.epoch == 4


def test_epochs_of_different_data_are_their_own():
    """Setting one does not set another, of the same pool or not."""
    first, second = augment(DATA, POOL), augment(DATA, POOL)
    first.set_epoch(2)
    assert (augmenter_of(first).epoch, augmenter_of(second).epoch) == (2, 0)
    assert toy.prompts(first) == TRUTH[2]
    assert toy.prompts(second) == TRUTH[0]


def _warnings_of(passes: int, data: Any, *, epochs: tuple[int, ...] = ()) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number in range(passes):
            if epochs:
                data.set_epoch(epochs[number])
            list(data)
    return [str(each.message) for each in caught]


def test_an_epoch_that_stands_still_is_warned_of_once():
    """The second time round without `set_epoch`; the message says what to do."""
    assert _warnings_of(1, augment(DATA, POOL)) == []
    assert _warnings_of(4, augment(DATA, POOL)) == [
        "The same examples came round again, but the epoch is still 0: their instructions will not change. Call "
        "set_epoch at the start of every epoch, or give transformers.Trainer callbacks=[EpochCallback()]. Data that "
        "should keep their instructions, as for evaluation, are augmented with epoch=0."
    ]


@pytest.mark.parametrize("epochs", [(0, 1, 2), (5, 5, 5)])
def test_an_epoch_that_is_set_is_not_warned_of(epochs):
    """Not even when it is set to what it was: someone is taking care."""
    assert _warnings_of(3, augment(DATA, POOL), epochs=epochs) == []


def test_a_few_looks_at_the_data_are_not_warned_of():
    """Showing the same rows again and again in a notebook is no epoch."""
    data = augment(DATA, POOL)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            assert data[0]["unique_id"] == "toy/caption/0"
            assert len(data[:3]["prompt"]) == 3


def test_a_fingerprint_says_what_is_rendered():
    """It does not depend on what was rendered before, on how the pool was made, or on defaults that are given."""
    augmenter = InstructionAugmenter(POOL, seed=3)
    before = Hasher.hash(augmenter)
    augmenter(toy.examples(1)[0])
    again = InstructionPool(POOL.to_table().take(list(reversed(range(len(POOL.to_table()))))))
    assert Hasher.hash(augmenter) == Hasher.hash(InstructionAugmenter(again, seed=3, strategy="cycle")) == before
    augmenter.set_epoch(5)
    assert Hasher.hash(augmenter) != before
    augmenter.set_epoch(0)
    assert Hasher.hash(augmenter) == before


def test_a_fingerprint_knows_everything_else():
    """Another pool or any other argument is another fingerprint."""
    arguments: list[dict[str, Any]] = [
        {},
        {"seed": 1},
        {"strategy": "uniform"},
        {"output": "messages"},
        {"options_style": "letters"},
        {"region_style": "ofa_bins"},
        {"columns": {"question": "q"}},
        {"task": "caption"},
        {"max_instructions": 2},
        {"meta_probability": 0.25},
        {"epoch": 1},
    ]
    augmenters = [InstructionAugmenter(POOL, **each) for each in arguments] + [InstructionAugmenter(toy.pool(3))]
    assert len({Hasher.hash(each) for each in augmenters}) == len(augmenters)


class Wrapper(TorchIterableDataset[Any]):
    """What users put round a stream: no epoch of its own, or one that means something else."""

    def __init__(self, stream: Any, name: str, **attributes: Any) -> None:
        self.name = name
        vars(self).update({name: stream, **attributes})

    def __iter__(self) -> Any:
        yield from getattr(self, self.name)


LOADERS: dict[str, dict[str, Any]] = {
    "main process": {},
    "forked": {"num_workers": 2, "multiprocessing_context": "fork"},
    "forked, persistent": {"num_workers": 2, "multiprocessing_context": "fork", "persistent_workers": True},
}
SPAWNED = {"num_workers": 1, "multiprocessing_context": "spawn", "persistent_workers": True}


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda stream: Wrapper(stream, "stream"),
        lambda stream: Wrapper(stream, "dataset"),
        lambda stream: Wrapper(stream, "dataset", epoch=17),
        lambda stream: Wrapper(Wrapper(stream, "stream", epoch=17), "dataset"),
    ],
    ids=["under another name", "as dataset", "with an epoch", "twice"],
)
def test_a_wrapper_of_the_users_own_is_seen_through(wrapped, loader):
    """The epoch set on the stream counts in every kind of worker, whatever is round it."""
    stream = _stream().map(_tag)
    loaded = DataLoader(wrapped(stream), batch_size=1, collate_fn=_first, **loader)
    for epoch in EPOCHS:
        stream.set_epoch(epoch)
        assert toy.prompts(loaded) == TRUTH[epoch]


def _tag(example: dict[str, Any]) -> dict[str, Any]:
    return {"length": len(example["prompt"])}


@pytest.mark.parametrize("loader", [*LOADERS.values(), SPAWNED], ids=[*LOADERS, "spawned, persistent"])
def test_ranks_of_accelerate_see_every_epoch(loader):
    """Its wrapper keeps a copy of the epoch that stands still in persistent workers; ours goes on."""
    ranks = [
        IterableDatasetShard(_stream(), batch_size=2, num_processes=2, process_index=rank, drop_last=True)
        for rank in range(2)
    ]
    loaded = [DataLoader(rank, batch_size=1, collate_fn=_first, **loader) for rank in ranks]
    for epoch in EPOCHS:
        for rank in ranks:
            rank.set_epoch(epoch)
        assert toy.prompts(row for each in loaded for row in each) == TRUTH[epoch]


def _twice_over(stream: IterableDataset) -> IterableDataset:
    """Two wordings of every example, from two pools."""
    renamed = stream.rename_columns({"prompt": "first_prompt", "instruction_id": "first_instruction_id"})
    return augment(renamed, toy.pool(2), seed=9)


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_two_augmenters_one_behind_the_other_follow_one_epoch(loader):
    """Each keeps its own pool and seed."""
    stream = _twice_over(_stream())
    loaded = DataLoader(stream, batch_size=1, collate_fn=_first, **loader)
    for epoch in EPOCHS:
        stream.set_epoch(epoch)
        rows = list(loaded)
        second = InstructionAugmenter(toy.pool(2), seed=9, epoch=epoch)
        assert toy.prompts(rows, ("first_prompt", "first_instruction_id")) == TRUTH[epoch]
        assert toy.prompts(rows) == toy.prompts(map(second, toy.examples(ROWS)))


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("joined", [interleave_datasets, concatenate_datasets])
def test_two_augmented_streams_side_by_side_follow_one_epoch(joined, loader):
    """What was augmented apart and then joined is set by the outermost."""
    halves = [DATA.select(range(0, ROWS, 2)), DATA.select(range(1, ROWS, 2))]
    stream = joined([augment(half.to_iterable_dataset(num_shards=2), POOL) for half in halves])
    loaded = DataLoader(stream, batch_size=1, collate_fn=_first, **loader)
    for epoch in EPOCHS:
        stream.set_epoch(epoch)
        prompts = toy.prompts(loaded)
        assert len(prompts) >= ROWS - 2  # interleaving stops with the first that is exhausted
        assert prompts == {unique_id: TRUTH[epoch][unique_id] for unique_id in prompts}
