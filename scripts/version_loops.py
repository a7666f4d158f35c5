"""Streams, map-style data, resuming, and a training with `Trainer`, for `version_trial.py`."""

from typing import Any

import torch
from datasets import Dataset
from transformers import Trainer, TrainingArguments

from instraug_datasets import EpochCallback, InstructionAugmenter, InstructionPool, augment

POOL = InstructionPool.from_dict({"count": [f"({number}) {{question}}" for number in range(7)]})
ROWS = [{"unique_id": str(n), "task": "count", "question": f"How many in {n}?", "target": str(n)} for n in range(12)]
EPOCHS = range(3)
TRUTH = [[row["prompt"] for row in map(InstructionAugmenter(POOL, epoch=epoch), ROWS)] for epoch in EPOCHS]


class Model(torch.nn.Module):
    """Keeps the texts that it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.shown = torch.nn.Parameter(torch.ones(())), list[str]()

    def forward(self, texts: list[str]) -> dict[str, torch.Tensor]:
        """A loss of any kind."""
        self.shown += texts
        return {"loss": self.weight**2}


def main(folder: str) -> str:
    """Compare every text with what the augmenter says by itself."""
    data = Dataset.from_list(ROWS)
    stream, mapped = augment(data.to_iterable_dataset(num_shards=2), POOL), augment(data, POOL)
    for epoch in EPOCHS:
        stream.set_epoch(epoch)
        mapped.set_epoch(epoch)
        assert [row["prompt"] for row in stream] == TRUTH[epoch], "stream"
        assert mapped["prompt"][:] == TRUTH[epoch], "map-style"
    resumed(data)
    for each, callbacks in ((augment(data.to_iterable_dataset(), POOL), []), (augment(data, POOL), [EpochCallback()])):
        assert [sorted(shown) for shown in trained(each, callbacks, folder)] == [*map(sorted, TRUTH)], "Trainer"
    return "stream, map-style, resumed, Trainer"


def resumed(data: Dataset) -> None:
    """A shuffled stream of a later epoch, stopped at every example."""
    whole = augment(data.to_iterable_dataset(num_shards=2), POOL).shuffle(seed=1, buffer_size=4)
    whole.set_epoch(2)
    expected = [row["prompt"] for row in whole]
    for place, _ in enumerate(whole):
        again = augment(data.to_iterable_dataset(num_shards=2), POOL).shuffle(seed=1, buffer_size=4)
        again.load_state_dict(whole.state_dict())
        assert [row["prompt"] for row in again] == expected[place + 1 :], "resumed"


def trained(data: Any, callbacks: list[Any], folder: str) -> list[list[str]]:
    """What the model has seen in each epoch."""
    arguments = TrainingArguments(
        output_dir=folder,
        num_train_epochs=len(EPOCHS),
        per_device_train_batch_size=4,
        remove_unused_columns=False,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        accelerator_config={"dispatch_batches": False},
    )
    model = Model()
    collate = lambda rows: {"texts": [row["prompt"] for row in rows]}  # noqa: E731
    Trainer(model, arguments, train_dataset=data, data_collator=collate, callbacks=callbacks).train()
    return [model.shown[begin : begin + len(ROWS)] for begin in range(0, len(model.shown), len(ROWS))]
