"""Streams of known length in real training loops: whole epochs, each with its prompts, and exact resume in any."""

import json
import multiprocessing
import os
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import IterableDataset, concatenate_datasets
from transformers import Trainer, TrainingArguments

from instraug_datasets import InstructionAugmenter, augment
from instraug_datasets.hashing import hash_text
from tests import toy

ROWS, EPOCHS = 16, 3
POOL = toy.pool()
DATA = toy.dataset(ROWS)


def _word(text: str) -> int:
    """A text as a number that a tensor holds."""
    return hash_text(text) >> 1


def _truth(epoch: int, rows: int = ROWS) -> dict[int, int]:
    examples = map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(rows))
    return {_word(example["unique_id"]): _word(example["prompt"]) for example in examples}


def _collated(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor([_word(row[name]) for row in rows]) for name in ("unique_id", "prompt")}


class Witness(torch.nn.Module):
    """A model that learns nothing and remembers what each step has shown it, in the process that trains."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen: list[list[tuple[int, int]]] = []

    def forward(self, unique_id: torch.Tensor, prompt: torch.Tensor) -> dict[str, torch.Tensor]:
        self.seen.append(list(zip(unique_id.tolist(), prompt.tolist(), strict=True)))
        return {"loss": self.weight.sum()}


def _trainer(stream: IterableDataset, folder: Path, **arguments: Any) -> Trainer:
    settings = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=EPOCHS,
        use_cpu=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        accelerator_config={"dispatch_batches": False},
        disable_tqdm=True,
        report_to=[],
        save_strategy="steps",
        logging_strategy="no",
        **arguments,
    )
    return Trainer(Witness(), settings, train_dataset=stream, data_collator=_collated)


def _run(stream: IterableDataset, folder: Path, *, resume: str | None = None, **arguments: Any) -> Any:
    """What each step of a run has shown, and its final state."""
    trainer = _trainer(stream, folder, **arguments)
    assert trainer.model is not None
    trainer.train(resume_from_checkpoint=resume)
    return trainer.model.seen, trainer.state


STREAMS: dict[str, Any] = {
    "in order": lambda: augment(DATA.to_iterable_dataset(num_shards=3), POOL),
    "shuffled, mapped": lambda: (
        augment(DATA.to_iterable_dataset(num_shards=3), POOL).shuffle(seed=1, buffer_size=5).map(dict)
    ),
    "concatenated": lambda: concatenate_datasets(
        [augment(DATA.select(part).to_iterable_dataset(), POOL) for part in (range(7), range(7, ROWS))]
    ),
}


def _epochs(steps: list[Any]) -> list[list[Any]]:
    """The examples of each epoch of as many steps."""
    number = len(steps) // EPOCHS
    return [[pair for step in steps[number * epoch :][:number] for pair in step] for epoch in range(EPOCHS)]


@pytest.mark.parametrize(
    ("name", "workers"), [("in order", 0), ("shuffled, mapped", 0), ("shuffled, mapped", 2), ("concatenated", 0)]
)
def test_epochs_are_whole_and_resume_exactly(name, workers, tmp_path):
    """`num_train_epochs` works, every epoch is all of the data, and a run goes on where it was stopped, in any."""
    make = STREAMS[name]
    options = {"per_device_train_batch_size": 3, "dataloader_num_workers": workers}
    seen, state = _run(make(), tmp_path, save_steps=5, **options)
    assert list(map(dict, _epochs(seen))) == [_truth(epoch) for epoch in range(EPOCHS)]
    assert list(map(len, _epochs(seen))) == [ROWS] * EPOCHS
    assert (state.epoch, state.global_step) == (EPOCHS, len(seen))
    for step in (5, 15):
        rest, resumed = _run(make(), tmp_path, resume=f"{tmp_path}/checkpoint-{step}", save_steps=1000, **options)
        assert rest == seen[step:]
        assert (resumed.epoch, resumed.global_step) == (EPOCHS, len(seen))


def test_an_unsized_stream_is_asked_for_steps(tmp_path):
    """Where nothing states the length, the trainer says that it needs `max_steps`."""
    stream = augment(DATA.to_iterable_dataset().filter(bool), POOL)
    with pytest.raises(ValueError, match="max_steps"):
        _trainer(stream, tmp_path)


def _rank(rank: int, port: int, folder: str, shards: int) -> None:
    """One of two processes that train together, and then from the middle; writes down what each step has shown."""
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    runs = []
    for resume in (None, f"{folder}/checkpoint-6"):
        seen, state = _run(
            augment(DATA.to_iterable_dataset(num_shards=shards), POOL),
            Path(folder),
            resume=resume,
            save_steps=1000 if resume else 6,
            per_device_train_batch_size=2,
            ddp_backend="gloo",
            dataloader_num_workers=shards - 1,
        )
        runs.append([seen, state.epoch, state.global_step])
    Path(folder, f"seen-{rank}.json").write_text(json.dumps(runs))
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize(
    "shards",
    [pytest.param(1, id="examples of each rank"), pytest.param(2, marks=pytest.mark.full, id="shards of each rank")],
)
def test_two_processes_train_whole_epochs_and_resume(shards, tmp_path):
    """Together they see every example once an epoch, in its wording, and go on in the middle of the second epoch."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    ranks = [context.Process(target=_rank, args=(rank, port, str(tmp_path), shards)) for rank in range(2)]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join()
    runs = [json.loads(Path(tmp_path, f"seen-{rank}.json").read_text()) for rank in range(2)]
    assert [[state for _, *state in run] for run in runs] == [[[EPOCHS, EPOCHS * ROWS // 4]] * 2] * 2
    together = [_epochs(whole) for (whole, *_), _ in runs]
    for epoch in range(EPOCHS):
        shown = [tuple(pair) for rank in together for pair in rank[epoch]]
        assert dict(shown) == _truth(epoch)
        assert len(shown) == ROWS
    for (whole, *_), (rest, *_) in runs:
        assert rest == whole[6:]
