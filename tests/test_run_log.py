"""What a run saw: the log of a real training run, killed and resumed, on one rank and on two."""

import json
import multiprocessing
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
from datasets import Dataset, concatenate_datasets
from PIL import Image
from transformers import Trainer, TrainerCallback, TrainingArguments

from instraug_datasets import EpochCallback, InstructionAugmenter, InstructionLogCallback, InstructionPool, augment
from instraug_datasets.callback.losses import example_losses
from instraug_datasets.errors import OutputError, SettingError
from instraug_datasets.run_log import LOG_SCHEMA, RunLogWriter, read_run_log
from instraug_datasets.tiny_model import TinyCollator, tiny_model
from tests import toy

ROWS, EPOCHS, BATCH = 12, 3, 4
STEPS = ROWS * EPOCHS // BATCH
POOL = toy.pool()


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """More threads do not speed up a model of this size."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def _data() -> Dataset:
    rows = [{**row, "images": [Image.new("RGB", (4, 4), (20 * n, 0, 0))]} for n, row in enumerate(toy.examples(ROWS))]
    return Dataset.from_list(rows, features=toy.dataset(1).features)


class KillAfter(TrainerCallback):
    """Kills the process as an out-of-memory killer does, after a step that is not a checkpoint."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


class Steps(TrainerCallback):
    """Notes the trainer's own loss of every step."""

    def __init__(self) -> None:
        self.losses: dict[int, float] = {}

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        if "loss" in logs:
            self.losses[state.global_step] = logs["loss"]


def _train(folder: Path, *, callbacks: list[Any], data: Any = None, resume: bool = False, **arguments: Any) -> Trainer:
    settings = TrainingArguments(
        output_dir=str(folder),
        use_cpu=True,
        remove_unused_columns=False,
        accelerator_config={"dispatch_batches": False},
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
        save_strategy="steps",
        **{"per_device_train_batch_size": BATCH, "save_steps": 4, "logging_steps": 1, "num_train_epochs": EPOCHS}
        | arguments,
    )
    train_dataset = augment(_data(), POOL) if data is None else data
    trainer = Trainer(
        tiny_model(), settings, train_dataset=train_dataset, data_collator=TinyCollator(), callbacks=callbacks
    )
    trainer.train(resume_from_checkpoint=resume)
    return trainer


def _killed_run(folder: str) -> None:
    torch.set_num_threads(1)
    _train(Path(folder), callbacks=[InstructionLogCallback(flush_steps=1), EpochCallback(), KillAfter(6)])


def _expected(epoch: int) -> set[str]:
    return {row["instruction_id"] for row in map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(ROWS))}


def _rows(log: Any, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(log.table.column(name).to_pylist() for name in names), strict=True))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, float]]:
    """A run that was not interrupted, and its loss by step."""
    folder, steps = tmp_path_factory.mktemp("whole"), Steps()
    _train(folder, callbacks=[EpochCallback(), InstructionLogCallback(flush_steps=2), steps])
    return folder, steps.losses


def test_every_example_of_every_step_is_logged_with_its_wording_and_loss(whole):
    """Ids are those that the epoch's rule gives, and the losses of a step's tokens are what the trainer reports."""
    folder, losses = whole
    log = read_run_log(folder)
    assert log.pool == POOL
    assert log.unread == {}
    assert [step for (step,) in _rows(log, "step")] == [step for step in range(1, STEPS + 1) for _ in range(BATCH)]
    by_epoch = {
        epoch: {name for each, name in _rows(log, "epoch", "instruction_id") if each == epoch}
        for epoch in range(EPOCHS)
    }
    assert by_epoch == {epoch: _expected(epoch) for epoch in range(EPOCHS)}
    assert all(name.startswith(f"{task}/") for task, name in _rows(log, "task", "instruction_id"))
    assert losses.keys() == set(range(1, STEPS + 1))
    for step, loss in losses.items():
        ours = [each for number, each in _rows(log, "step", "loss") if number == step]
        # The trainer averages over tokens, the log over those of each example.
        assert min(ours) - 1e-3 <= loss <= max(ours) + 1e-3


def test_a_killed_run_resumes_without_a_step_twice(whole, tmp_path):
    """Steps after the checkpoint, which are trained on again, are in the log once, with what they showed at last."""
    process = multiprocessing.get_context("spawn").Process(target=_killed_run, args=(str(tmp_path),))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert {step for (step,) in _rows(read_run_log(tmp_path), "step")} == {1, 2, 3, 4, 5, 6}
    with (tmp_path / "instruction_log" / "rank-0.arrow").open("ab") as file:
        file.write(b"\xff\xff\xff\xff\x20\x01")  # what a kill in the middle of writing leaves
    assert read_run_log(tmp_path).unread == {"rank-0.arrow": 6}
    _train(tmp_path, callbacks=[EpochCallback(), InstructionLogCallback()], resume=True)
    resumed = read_run_log(tmp_path)
    names = ("step", "epoch", "task", "instruction_id")
    assert _rows(resumed, *names) == _rows(read_run_log(whole[0]), *names)
    assert resumed.unread == {}


def test_a_stream_with_workers_and_gradient_accumulation(tmp_path):
    """Ids come out of worker processes, and both batches of a step count for it."""
    stream = augment(_data().to_iterable_dataset(num_shards=2), POOL, max_instructions=3).map(dict)
    _train(
        tmp_path,
        data=stream,
        callbacks=[InstructionLogCallback()],
        per_device_train_batch_size=2,
        gradient_accumulation_steps=2,
        dataloader_num_workers=2,
    )
    log = read_run_log(tmp_path)
    assert [step for (step,) in _rows(log, "step")] == [step for step in range(1, STEPS + 1) for _ in range(BATCH)]
    capped = InstructionAugmenter(POOL, max_instructions=3)
    for epoch in range(EPOCHS):
        rows = map(capped.at_epoch(epoch), toy.examples(ROWS))
        shown = sorted(name for each, name in _rows(log, "epoch", "instruction_id") if each == epoch)
        assert shown == sorted(row["instruction_id"] for row in rows)
    assert [each.instructions for each in log.pool.stats()] == [3] * 4


def test_examples_without_instruction_are_logged_as_such(tmp_path):
    """A mixture may have data that are not augmented; evaluation is no part of the log."""
    plain = _data().map(lambda row: {"prompt": row["unique_id"], "instruction_id": None}, load_from_cache_file=False)
    half = augment(_data().to_iterable_dataset(), POOL)
    mixed = concatenate_datasets([half, plain.to_iterable_dataset().cast(half.features)])
    _train(tmp_path, data=mixed, callbacks=[InstructionLogCallback()], num_train_epochs=1)
    counts = [(task is None, name is None) for task, name in _rows(read_run_log(tmp_path), "task", "instruction_id")]
    assert counts == [(False, False)] * ROWS + [(True, True)] * ROWS


def test_the_trainer_is_as_it_was_after_training(tmp_path):
    """Neither the collator nor the model keeps anything of the log, so that the model can be used further."""
    trainer = _train(tmp_path, callbacks=[InstructionLogCallback()], max_steps=1)
    assert trainer.model is not None
    assert (len(trainer.model._forward_hooks), len(trainer.model._forward_pre_hooks)) == (0, 0)
    loader: Any = trainer.callback_handler.train_dataloader
    assert isinstance(loader.collate_fn, TinyCollator)


def _rank(rank: int, port: int, folder: str) -> None:
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    torch.set_num_threads(1)
    callbacks = [EpochCallback(), InstructionLogCallback()]
    _train(Path(folder), callbacks=callbacks, per_device_train_batch_size=2, ddp_backend="gloo")
    torch.distributed.destroy_process_group()


@pytest.mark.full
def test_two_ranks_write_a_file_each_and_one_can_go_on(tmp_path):
    """Together they have every example once an epoch; what the second rank had after the checkpoint is cut as well."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    ranks = [context.Process(target=_rank, args=(rank, port, str(tmp_path))) for rank in range(2)]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join()
    log = read_run_log(tmp_path)
    assert _rows(log, "rank", "step") == [
        (rank, step) for rank in range(2) for step in range(1, STEPS + 1) for _ in range(2)
    ]
    for epoch in range(EPOCHS):
        assert {name for each, name in _rows(log, "epoch", "instruction_id") if each == epoch} == _expected(epoch)
    RunLogWriter(tmp_path / "instruction_log", step=4)
    assert _rows(read_run_log(tmp_path), "rank", "step") == [
        (r, s) for r in range(2) for s in range(1, 5) for _ in range(2)
    ]


def test_losses_are_those_of_each_example():
    """Of decoders the logits of a position predict the next label; unlabelled positions do not count."""
    logits = torch.zeros(2, 3, 4)
    logits[0, 1, 2] = 5.0
    labels = torch.tensor([[-100, -100, 2], [-100, -100, -100]])
    expected = -torch.log_softmax(logits[0, 1], 0)[2]
    losses = example_losses({"logits": logits}, labels, shifted=True)
    assert losses is not None
    assert losses.tolist() == [pytest.approx(expected.item()), pytest.approx(float("nan"), nan_ok=True)]
    assert example_losses({"loss": logits.sum()}, labels, shifted=True) is None


def test_missing_ids_are_named(tmp_path):
    """A trainer that removes columns, or a `map` that drops one, would leave an empty log."""
    stream = augment(_data().to_iterable_dataset(), POOL).remove_columns("instruction_id")
    with pytest.raises(SettingError, match=r"examples without 'instruction_id'.*remove_unused_columns=False"):
        _train(tmp_path, data=stream, callbacks=[InstructionLogCallback()], max_steps=1)


def test_other_pools_and_plain_data_are_refused(tmp_path):
    """An id that the given pool lacks is an error, and data in which nothing is augmented want a pool."""
    other = InstructionPool.from_dict({"caption": ["Say what you see."]})
    with pytest.raises(SettingError, match="Step 1 has an instruction that is not in the pool"):
        _train(tmp_path, callbacks=[InstructionLogCallback(pool=other)], max_steps=1)
    with pytest.raises(SettingError, match="found no augmented data"):
        _train(tmp_path, data=_data(), callbacks=[InstructionLogCallback()], max_steps=1)


def test_a_damaged_log_is_read_up_to_the_damage(tmp_path):
    """Damage in a batch's metadata or content ends what is read; its bytes are counted, and a run goes on before it."""
    POOL.save(tmp_path / "pool.parquet")
    writer, ends = RunLogWriter(tmp_path), []
    for step in (1, 2):
        row = {"step": step, "epoch": 0, "task": "caption", "instruction_id": "caption/1", "loss": 0.5}
        writer.append(pa.Table.from_pylist([row], schema=LOG_SCHEMA))
        ends.append(writer.path.stat().st_size)
    whole = writer.path.read_bytes()
    for place in (ends[0], ends[0] + 4, ends[0] + 16, ends[1] - 40):
        writer.path.write_bytes(whole[:place] + b"\xfe" * 8 + whole[place + 8 :])
        log = read_run_log(tmp_path)
        assert (log.table["step"].to_pylist(), log.unread) == ([1], {"rank-0.arrow": ends[1] - ends[0]})
    RunLogWriter(tmp_path, step=1)
    assert read_run_log(tmp_path).unread == {}
    writer.path.write_bytes(b"\xff\xff\xff\xff\xf0\x00\x00\x00" + b"\xfe" * 240)
    with pytest.raises(SettingError, match=r"rank-0\.arrow is not a log of instructions"):
        read_run_log(tmp_path)


def test_a_folder_without_a_log_and_a_file_that_is_none_are_named(tmp_path):
    """The messages say what was expected, and a full disk is an error of ours."""
    with pytest.raises(SettingError, match="has no log of instructions"):
        read_run_log(tmp_path)
    POOL.save(tmp_path / "pool.parquet")
    (tmp_path / "rank-0.arrow").write_text(json.dumps({"not": "a log"}))
    with pytest.raises(SettingError, match=r"rank-0\.arrow is not a log of instructions"):
        read_run_log(tmp_path)
    writer = RunLogWriter(tmp_path / "log")
    writer.path.unlink()
    writer.path.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        writer.append(pa.Table.from_pylist([{"step": 1}], LOG_SCHEMA))


@pytest.mark.parametrize(
    ("step", "warning"), [(1, ""), (3, "is damaged after step 1: its rows up to step 3 are lost.")]
)
def test_rows_that_are_lost_are_told(tmp_path, caplog, step, warning):
    """What a kill leaves of a later step goes without a word, damage before the checkpoint does not."""
    writer = RunLogWriter(tmp_path)
    ends = []
    for number in (1, 2, 3):
        writer.append(pa.Table.from_pylist([{"step": number}], LOG_SCHEMA))
        ends.append(writer.path.stat().st_size)
    os.truncate(writer.path, ends[1] - 8)
    RunLogWriter(tmp_path, step=step)
    assert [each.message.partition("arrow ")[2] for each in caplog.records] == [warning][: len(warning)]
    POOL.save(tmp_path / "pool.parquet")
    assert read_run_log(tmp_path).table["step"].to_pylist() == [1]
