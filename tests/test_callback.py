"""A real `transformers.Trainer`: every epoch of training shows its own prompts."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from datasets import DatasetDict
from torch.utils.data import ChainDataset, ConcatDataset, DataLoader, Subset, random_split
from transformers import Trainer, TrainingArguments

from instraug_datasets import EpochCallback, InstructionAugmenter, augment
from instraug_datasets.errors import SettingError, UnsupportedError
from instraug_datasets.hashing import hash_text
from tests import toy

ROWS, EPOCHS, BATCH = 16, 3, 4
POOL = toy.pool()
DATA = toy.dataset(ROWS)


def _word(text: str) -> int:
    """A text as a number that a tensor holds."""
    return hash_text(text) >> 1


def _truth(epoch: int) -> dict[int, int]:
    rows = map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(ROWS))
    return {_word(row["unique_id"]): _word(row["prompt"]) for row in rows}


def _collated(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor([_word(row[name]) for row in rows]) for name in ("unique_id", "prompt")}


class Witness(torch.nn.Module):
    """A model that learns nothing and remembers what it was shown, in the process that trains."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen: list[tuple[int, int]] = []
        self.evaluated: list[tuple[int, int]] = []

    def forward(self, unique_id: torch.Tensor, prompt: torch.Tensor) -> dict[str, torch.Tensor]:
        seen = self.seen if self.training else self.evaluated
        seen += zip(unique_id.tolist(), prompt.tolist(), strict=True)
        return {"loss": self.weight.sum()}


def _shown(
    data: Any,
    folder: Any,
    *,
    callbacks: list[Any],
    eval_dataset: Any = None,
    evaluated: list[dict[int, int]] | None = None,
    **arguments: Any,
) -> list[dict[int, int]]:
    """Which prompt each example had in each epoch of a training run, and in each evaluation."""
    model = Witness()
    settings = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=BATCH,
        use_cpu=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        **arguments,
    )
    trainer = Trainer(
        model, settings, train_dataset=data, eval_dataset=eval_dataset, data_collator=_collated, callbacks=callbacks
    )
    trainer.train()
    if evaluated is not None:
        size = len(eval_dataset)
        evaluated += [dict(model.evaluated[start : start + size]) for start in range(0, len(model.evaluated), size)]
    assert len(model.seen) == ROWS * EPOCHS
    return [dict(model.seen[start : start + ROWS]) for start in range(0, len(model.seen), ROWS)]


WORKERS: dict[str, dict[str, Any]] = {
    "main process": {"dataloader_num_workers": 0},
    "2 workers": {"dataloader_num_workers": 2},
    "2 persistent workers": {"dataloader_num_workers": 2, "dataloader_persistent_workers": True},
}


@pytest.mark.parametrize("workers", WORKERS.values(), ids=WORKERS)
def test_map_style_data_with_the_callback(tmp_path, workers):
    """Epochs 0, 1 and 2 show the prompts of epochs 0, 1 and 2, in workers that persist too."""
    shown = _shown(augment(DATA, POOL), tmp_path, callbacks=[EpochCallback()], num_train_epochs=EPOCHS, **workers)
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


@pytest.mark.parametrize("workers", WORKERS.values(), ids=WORKERS)
def test_a_stream_without_the_callback(tmp_path, workers):
    """The training loop's own `set_epoch` is enough."""
    stream = augment(DATA.to_iterable_dataset(num_shards=2), POOL)
    shown = _shown(stream, tmp_path, callbacks=[], max_steps=ROWS * EPOCHS // BATCH, **workers)
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


@pytest.mark.parametrize("workers", WORKERS.values(), ids=WORKERS)
def test_map_style_data_of_one_process_without_the_callback(tmp_path, workers):
    """The training loop tells them, and workers that persist see it; with more processes it does not."""
    shown = _shown(augment(DATA, POOL), tmp_path, callbacks=[], num_train_epochs=EPOCHS, **workers)
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


def test_an_augmenter_can_be_given(tmp_path):
    """For data that hide theirs: here a transform put on by hand."""
    augmenter = InstructionAugmenter(POOL)
    data = DATA.with_transform(augmenter)
    shown = _shown(data, tmp_path, callbacks=[EpochCallback(augmenter)], num_train_epochs=EPOCHS)
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


@pytest.mark.parametrize(
    ("trained", "epoch"), [(None, 0), (0.0, 0), (0.5, 0), (0.9999999, 1), (1.0, 1), (2.0000001, 2), (2.75, 2)]
)
def test_a_resumed_run_begins_in_its_epoch(trained, epoch):
    """The trainer counts in fractions, which rounding may leave just below a whole number."""
    data = augment(DATA, POOL)
    EpochCallback().on_epoch_begin(None, SimpleNamespace(epoch=trained), None, train_dataloader=DataLoader(data))
    assert toy.prompts(data) == toy.prompts(map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(ROWS)))


class Named:
    """What people and libraries put round data."""

    def __init__(self, data: Any, name: str) -> None:
        self.name = name
        setattr(self, name, data)

    def __len__(self) -> int:
        return ROWS

    def __getitem__(self, index: int) -> Any:
        return getattr(self, self.name)[index]


def _halves() -> list[Any]:
    return [augment(DATA.select(range(start, ROWS, 2)), POOL) for start in range(2)]


def _shuffled() -> Any:
    return random_split(augment(DATA, POOL), [ROWS], torch.Generator().manual_seed(1))[0]


WRAPPED: dict[str, Callable[[], Any]] = {
    "Subset": lambda: Subset(augment(DATA, POOL), range(ROWS)),
    "random_split": _shuffled,
    "ConcatDataset": lambda: ConcatDataset(_halves()),
    "ConcatDataset of a Subset": lambda: ConcatDataset([Subset(each, range(ROWS // 2)) for each in _halves()]),
    "a wrapper's dataset": lambda: Named(augment(DATA, POOL), "dataset"),
    "a transform put on by hand": lambda: Subset(DATA.with_transform(InstructionAugmenter(POOL)), range(ROWS)),
    "what is selected": lambda: augment(DATA, POOL).shuffle(seed=1).select_columns(["unique_id", "prompt"]),
    "a split": lambda: augment(DatasetDict({"train": DATA, "test": DATA}), POOL)["train"],
}


@pytest.mark.parametrize("workers", [WORKERS["main process"], WORKERS["2 persistent workers"]], ids=["main", "workers"])
@pytest.mark.parametrize("wrapped", WRAPPED.values(), ids=WRAPPED)
def test_augmented_data_are_found_inside_wrappers(tmp_path, wrapped, workers):
    """The trainer's own loop passes no epoch through any of these."""
    shown = _shown(wrapped(), tmp_path, callbacks=[EpochCallback()], num_train_epochs=EPOCHS, **workers)
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


def test_streams_inside_wrappers_are_told_the_epoch(tmp_path):
    """The trainer counts fractions of its steps here; the callback counts passes."""
    streams = [augment(DATA.select(range(start, ROWS, 2)).to_iterable_dataset(), POOL) for start in range(2)]
    steps = ROWS * EPOCHS // BATCH
    shown = _shown(ChainDataset(streams), tmp_path, callbacks=[EpochCallback()], max_steps=steps)
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


def test_evaluation_inside_an_epoch_changes_nothing(tmp_path):
    """Splits have epochs of their own: the training's goes on, and the evaluation's stays, whenever it happens."""
    splits = augment(DatasetDict({"train": DATA, "test": DATA}), POOL)
    evaluated: list[dict[int, int]] = []
    shown = _shown(
        splits["train"],
        tmp_path,
        callbacks=[EpochCallback()],
        evaluated=evaluated,
        eval_dataset=splits["test"],
        num_train_epochs=EPOCHS,
        eval_strategy="steps",
        eval_steps=3,
    )
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]
    assert evaluated == [_truth(0)] * (ROWS * EPOCHS // BATCH // 3)


def test_a_part_that_is_evaluated_does_not_disturb_training(tmp_path):
    """The trainer sets the epoch of evaluation data too, to the number of evaluations so far."""
    data = augment(DATA, POOL)
    shown = _shown(
        data.shuffle(seed=0),
        tmp_path,
        callbacks=[EpochCallback()],
        eval_dataset=data.select(range(4)),
        num_train_epochs=EPOCHS,
        eval_strategy="steps",
        eval_steps=1,
    )
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


def test_fixed_training_data_are_warned_of():
    """A callback that can do nothing says why; a split of another name is easily left out."""
    data = augment(DatasetDict({"train": DATA, "validation": DATA}), POOL)["validation"]
    with pytest.warns(UserWarning, match=r"The training data stay at epoch 0: .* not among those to follow="):
        EpochCallback().on_epoch_begin(None, SimpleNamespace(epoch=1), None, train_dataloader=DataLoader(data))
    assert data.epoch == 0


@pytest.mark.parametrize(
    ("data", "looked"),
    [
        (DATA, "Dataset"),
        (ConcatDataset([DATA, Subset(DATA, [0])]), "ConcatDataset, list, Dataset, Subset"),
        (Named(augment(DATA, POOL), "inner"), "Named"),
    ],
    ids=["plain", "plain in wrappers", "out of sight"],
)
def test_what_cannot_be_reached_is_named(data, looked):
    """The callback would do nothing without a word; the message says where it looked."""
    with pytest.raises(SettingError, match=f"it looked into {looked}\\. Give it the augmenter"):
        EpochCallback().on_epoch_begin(None, SimpleNamespace(epoch=0), None, train_dataloader=DataLoader(data))


def test_the_augmenter_of_hidden_data_is_enough(tmp_path):
    """As the message says."""
    data = augment(DATA, POOL)
    callbacks = [EpochCallback(data.augmenter)]
    shown = _shown(Named(data, "inner"), tmp_path, callbacks=callbacks, num_train_epochs=EPOCHS)
    assert shown == [_truth(epoch) for epoch in range(EPOCHS)]


class Captioner(Witness):
    """A model that takes columns of the data, but not those that augmenting adds."""

    def forward(self, unique_id: torch.Tensor, target: Any = None) -> dict[str, torch.Tensor]:
        return {"loss": self.weight.sum()}


def test_columns_that_the_trainer_removes_are_missed_by_name(tmp_path):
    """By default it strips whatever the model does not take, the prompts too, before the collator sees them."""
    settings = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to=[], remove_unused_columns=True)
    trainer = Trainer(Captioner(), settings, train_dataset=augment(DATA, POOL), data_collator=_collated)
    with pytest.raises(UnsupportedError, match=r"set TrainingArguments\(remove_unused_columns=False\)"):
        trainer.train()
