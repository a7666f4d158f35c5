"""Which data follow the epoch and which hold still: evaluation data, splits, and the parts that are made of data."""

import warnings
from typing import Any

import pytest
from accelerate import Accelerator
from datasets import Dataset, DatasetDict, IterableDatasetDict
from torch.utils.data import DataLoader

from instraug_datasets import InstructionAugmenter, augment
from instraug_datasets.errors import SettingError, UnknownNameError
from tests import toy

ROWS = 24
POOL = toy.pool()
DATA = toy.dataset(ROWS)
TRUTH = [toy.prompts(map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(ROWS))) for epoch in range(4)]


def _shown(data: Any) -> list[int]:
    """The epochs whose prompts all of the rows have."""
    seen = toy.prompts(data)
    assert seen
    return [epoch for epoch, truth in enumerate(TRUTH) if seen.items() <= truth.items()]


def _splits() -> DatasetDict:
    return DatasetDict(
        {"train": DATA.select(range(12)), "validation": DATA.select(range(12, 18)), "test": DATA.select(range(18, 24))}
    )


@pytest.mark.parametrize("loader", [{}, {"num_workers": 1, "persistent_workers": True}], ids=["main", "worker"])
def test_fixed_data_hold_still_in_a_prepared_loader(loader):
    """The loader counts the passes of an evaluation loader as epochs; the same wordings come every time, in silence."""
    data = augment(DATA, POOL, epoch=2)
    prepared = Accelerator(cpu=True).prepare(DataLoader(data, batch_size=6, collate_fn=list, **loader))
    for _ in range(3):
        assert toy.prompts(row for batch in prepared for row in batch) == TRUTH[2]


def test_data_that_follow_move_in_a_prepared_loader():
    """The same of training data: what a plain loop with accelerate needs."""
    prepared = Accelerator(cpu=True).prepare(DataLoader(augment(DATA, POOL), batch_size=6, collate_fn=list))
    for epoch in range(3):
        assert toy.prompts(row for batch in prepared for row in batch) == TRUTH[epoch]


def test_a_fixed_augmenter_renders_its_epoch():
    """Whatever is set, on examples and batches; nothing is said when the same come again."""
    augmenter = InstructionAugmenter(POOL, epoch=2)
    augmenter.set_epoch(1)
    assert augmenter.fixed
    assert augmenter.epoch == 2
    assert _shown(map(augmenter, toy.examples(ROWS))) == [2]
    data = augment(DATA, POOL, epoch=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [_shown(data) for _ in range(3)] == [[2]] * 3


def test_of_a_dict_only_train_follows():
    """Each split has an augmenter of its own; the rest is fixed at epoch 0."""
    splits = augment(_splits(), POOL)
    assert type(splits) is DatasetDict
    for epoch in (1, 3):
        splits["train"].set_epoch(epoch)
        splits["test"].set_epoch(2)
        assert {name: _shown(split) for name, split in splits.items()} == {
            "train": [epoch],
            "validation": [0],
            "test": [0],
        }


def test_follow_names_the_splits_that_follow():
    """More than one, or none; each is set for itself."""
    splits = augment(_splits(), POOL, follow=["train", "validation"])
    splits["validation"].set_epoch(1)
    assert [_shown(split) for split in splits.values()] == [[0], [1], [0]]
    splits["train"].set_epoch(3)
    assert [_shown(split) for split in splits.values()] == [[3], [1], [0]]
    assert all(split.augmenter.fixed for split in augment(_splits(), POOL, follow=()).values())
    assert [split.augmenter.fixed for split in augment(_splits(), POOL, follow="test").values()] == [True, True, False]


def test_epoch_fixes_every_split():
    """At that epoch."""
    assert [_shown(split) for split in augment(_splits(), POOL, epoch=3).values()] == [[3], [3], [3]]


def test_wrong_splits_are_refused():
    """With near matches; and what contradicts itself."""
    with pytest.raises(UnknownNameError, match=r"Unknown split 'tran'\. Did you mean 'train'\?"):
        augment(_splits(), POOL, follow=("tran",))
    with pytest.raises(SettingError, match="epoch= fixes every split"):
        augment(_splits(), POOL, follow=("train",), epoch=1)
    with pytest.raises(SettingError, match="follow= names splits of a dict"):
        augment(DATA, POOL, follow=("train",))


def test_a_training_split_of_another_name_is_warned_of():
    """It would stay at epoch 0 in silence; where it is meant, `follow` says so."""
    splits = DatasetDict({"train_sft": DATA, "test_sft": DATA})
    with pytest.warns(UserWarning, match=r"'train_sft' too\. To give it fresh wordings pass follow=\('train_sft',\)"):
        augment(splits, POOL)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for given in ({"follow": ("train_sft",)}, {"follow": ()}, {"epoch": 0}):
            augment(splits, POOL, **given)
        augment(DatasetDict({"validation": DATA}), POOL)


def test_a_dict_of_streams_is_augmented_split_by_split():
    """Every split, whatever its kind."""
    splits = augment(IterableDatasetDict({name: each.to_iterable_dataset() for name, each in _splits().items()}), POOL)
    assert type(splits) is IterableDatasetDict
    splits["train"].set_epoch(2)
    assert [_shown(split) for split in splits.values()] == [[2], [0], [0]]


def test_of_a_split_made_later_train_follows_and_test_holds_still():
    """At the epoch shown at that moment."""
    data = augment(DATA, POOL)
    data.set_epoch(1)
    parts = data.train_test_split(test_size=6, seed=0)
    for epoch in (2, 0):
        data.set_epoch(epoch)
        parts["test"].set_epoch(3)
        assert {name: _shown(part) for name, part in parts.items()} == {"train": [epoch], "test": [1]}
    parts["train"].set_epoch(3)
    assert (_shown(parts["train"]), _shown(data)) == ([3], [0])
    assert [_shown(part) for part in data.at_epoch(2).train_test_split(test_size=6).values()] == [[2], [2]]


def test_a_part_follows_until_it_is_set_itself():
    """What is set on a part does not reach the whole or other parts; what is set on the whole reaches every part."""
    data = augment(DATA, POOL)
    one, other = data.select(range(12)), data.shuffle(seed=1)
    part_of_one = one.filter(lambda row: row["task"] == "caption").rename_column("question", "q")
    every = [data, one, other, part_of_one]
    one.set_epoch(2)
    assert [each.epoch for each in every] == [0, 2, 0, 2]
    other.set_epoch(1)
    assert [each.epoch for each in every] == [0, 2, 1, 2]
    data.set_epoch(3)
    assert [each.epoch for each in every] == [3, 3, 3, 3]
    part_of_one.set_epoch(0)
    assert [_shown(each) for each in every] == [[3], [3], [3], [0]]
    one.augmenter.set_epoch(3)
    assert _shown(part_of_one) == [3]


def test_data_can_be_fixed_later():
    """For an evaluation of data that are trained on; the rest goes on."""
    data = augment(DATA, POOL)
    still = data.select(range(6)).at_epoch(1)
    data.set_epoch(2)
    still.set_epoch(3)
    assert (_shown(still), _shown(data), still.augmenter.fixed) == ([1], [2], True)


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_workers_see_what_is_set_on_the_whole_and_on_the_part(start):
    """While they persist, however they were started."""
    data = augment(DATA, POOL)
    part = data.shuffle(seed=1).select(range(20))
    loaded = DataLoader(
        part, batch_size=4, collate_fn=list, num_workers=1, persistent_workers=True, multiprocessing_context=start
    )
    for epoch, told in ((0, part), (2, data), (1, part), (3, data)):
        told.set_epoch(epoch)
        assert _shown(row for batch in loaded for row in batch) == [epoch]


def test_a_part_has_a_warning_of_its_own():
    """Read twice while the whole was set between is no standing still; read twice without is."""
    data = augment(DATA, POOL)
    part = data.select(range(20))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch in range(3):
            data.set_epoch(epoch)
            assert _shown(part) == [epoch]
    with pytest.warns(UserWarning, match="the epoch is still 2"):
        list(part)


def test_an_unknown_kind_of_data_is_refused():
    """In a dict of splits, too."""
    with pytest.raises(SettingError, match=r"augment\(\) takes a Dataset, an IterableDataset or a dict of them"):
        augment([1, 2], POOL)
    assert isinstance(augment(DATA, POOL), Dataset)
