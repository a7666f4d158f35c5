"""A real `transformers.Trainer`: every epoch of training shows its own prompts."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader
from transformers import Trainer, TrainingArguments

from instraug_datasets import EpochCallback, InstructionAugmenter, augment
from instraug_datasets.errors import SettingError
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

    def forward(self, unique_id: torch.Tensor, prompt: torch.Tensor) -> dict[str, torch.Tensor]:
        self.seen += zip(unique_id.tolist(), prompt.tolist(), strict=True)
        return {"loss": self.weight.sum()}


def _shown(data: Any, folder: Any, *, callbacks: list[Any], **arguments: Any) -> list[dict[int, int]]:
    """Which prompt each example had in each epoch of a training run."""
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
    Trainer(model, settings, train_dataset=data, data_collator=_collated, callbacks=callbacks).train()
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


def test_data_that_were_not_augmented_are_refused():
    """The callback would do nothing without a word."""
    with pytest.raises(SettingError, match=r"Expected a map-style data set that augment\(\) made, but got Dataset"):
        EpochCallback().on_epoch_begin(None, SimpleNamespace(epoch=0), None, train_dataloader=DataLoader(DATA))
