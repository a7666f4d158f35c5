"""`repeat` after `augment`: a fresh wording in every pass, whatever reads the stream and wherever it was stopped."""

from collections import defaultdict
from typing import Any

import pytest
from datasets import IterableDataset
from datasets.distributed import split_dataset_by_node
from torch.utils.data import DataLoader

from instraug_datasets import InstructionAugmenter, augment, mixture
from tests import toy
from tests.stream.test_resume import assert_resumes

ROWS, PASSES = 12, 3
POOL = toy.pool()
DATA = toy.dataset(ROWS)
TRUTH = {
    epoch: toy.prompts(map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(ROWS))) for epoch in range(PASSES * 3)
}


def _stream(**options: Any) -> Any:
    return augment(DATA.to_iterable_dataset(num_shards=2), POOL, **options)


def _seen(rows: Any) -> dict[str, list[tuple[str, str]]]:
    """The prompts of each example, in the order they came."""
    seen = defaultdict(list)
    for row in rows:
        seen[row["unique_id"]].append((row["prompt"], row["instruction_id"]))
    return dict(seen)


def _expected(epoch: int) -> dict[str, list[tuple[str, str]]]:
    """An epoch of several passes has the wordings of as many epochs."""
    return {
        unique_id: [TRUTH[epoch * PASSES + number][unique_id] for number in range(PASSES)] for unique_id in TRUTH[0]
    }


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(
    "follow",
    [
        lambda stream: stream,
        lambda stream: stream.map(dict, features=stream.features).shuffle(seed=1, buffer_size=1),
        lambda stream: stream.with_format("arrow").with_format(None),
    ],
    ids=["nothing", "map, shuffle", "with_format"],
)
def test_every_pass_has_its_wording(follow, workers):
    """As many epochs in one, in order, for any number of workers and in every epoch."""
    stream = follow(_stream().repeat(PASSES))
    loader = DataLoader(stream, batch_size=None, num_workers=workers)
    for epoch in (0, 1, 2, 0):
        stream.set_epoch(epoch)
        assert _seen(loader) == _expected(epoch)


def test_ranks_share_the_passes():
    """Each rank's part of the examples comes in every wording."""
    ranks = [split_dataset_by_node(_stream().repeat(PASSES), rank, 2) for rank in range(2)]
    for rank in ranks:
        rank.set_epoch(1)
    first, second = (_seen(rank) for rank in ranks)
    assert first | second == _expected(1)
    assert not set(first) & set(second)


def test_an_endless_repetition_goes_on_changing():
    """No example is shown the same wording twice before its pool is used up."""
    stream = _stream().repeat(None).take(4 * ROWS)
    seen = _seen(stream)
    assert all(len(set(prompts)) == 4 for prompts in seen.values())
    assert {unique_id: prompts[0] for unique_id, prompts in seen.items()} == TRUTH[0]
    empty = augment(IterableDataset.from_generator(lambda: iter(()), features=DATA.features), POOL)
    assert list(empty.repeat(None)) == []


def test_a_repetition_of_a_repetition_counts_both():
    """Two times two passes are four epochs."""
    seen = _seen(_stream().repeat(2).repeat(2))
    assert seen == {unique_id: [TRUTH[number][unique_id] for number in range(4)] for unique_id in seen}


def test_passes_can_be_the_same():
    """On request, and where one epoch is fixed."""
    for stream in (_stream().repeat(2, fresh=False), _stream(epoch=0).repeat(2)):
        stream.set_epoch(0)
        assert _seen(stream) == {unique_id: [prompt] * 2 for unique_id, prompt in TRUTH[0].items()}


def test_what_is_repeated_is_left_alone():
    """Reading the repetition changes nothing for the stream that it was made from."""
    stream = _stream()
    repeated = stream.repeat(PASSES)
    readings = zip(stream, repeated.skip(ROWS), strict=False)
    assert all((plain["prompt"], plain["instruction_id"]) == TRUTH[0][plain["unique_id"]] for plain, _ in readings)


@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("times", [PASSES, None])
def test_repetitions_resume_at_every_step(times, epoch):
    """In the middle of a pass and at its end, the pass is known from the state."""

    def rows(data: IterableDataset) -> Any:
        return ((row["unique_id"], row["prompt"]) for row in data)

    assert_resumes(lambda: _stream().repeat(times).take(30), rows, epoch)


def test_states_of_the_librarys_repetition_serve_ours():
    """Nothing is added to the state: the pass is the position that the library keeps as well."""
    plain, fresh = _stream().repeat(2, fresh=False), _stream().repeat(2)
    for _ in zip(range(ROWS + 3), plain, strict=False):
        pass
    for _ in zip(range(ROWS + 3), fresh, strict=False):
        pass
    assert plain.state_dict() == fresh.state_dict()


def test_mixed_streams_repeat_what_is_small():
    """The way to give every example of a mixture a fresh wording whenever it comes again."""
    small, large = DATA.select(range(3)), DATA.select(range(3, ROWS))
    streams = {
        "small": augment(small.to_iterable_dataset(), POOL).repeat(PASSES),
        "large": augment(large.to_iterable_dataset(), POOL),
    }
    mixed = mixture(streams, seed=1, stopping_strategy="all_exhausted_without_replacement")
    seen = _seen(mixed)
    assert len(mixed) == 3 * PASSES + ROWS - 3
    for unique_id in small["unique_id"]:
        assert seen[unique_id] == _expected(0)[unique_id]
