"""Logs which instruction each example of a training run had."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from ..candidates import candidates
from ..errors import SettingError
from ..hashing import hash_text
from ..pool import InstructionPool
from ..run_log import LOG_FOLDER, LOG_SCHEMA, RunLogWriter, united
from ..stream import InstructionAugmenter
from .augmented import augmenters
from .base import TrainerCallback
from .passes import Passes

__all__ = ["InstructionLogCallback", "drawable"]

_KEY = "_instruction_codes"
_NO_INSTRUCTION = -1


class InstructionLogCallback(TrainerCallback):
    """Logs the instruction of every example that a `transformers.Trainer` trains on, with its loss where that is known.

    The log is a folder with one Arrow file per process and the pool; `instraug report run` and
    `evaluation.run_coverage` read it. A run that resumes from a checkpoint goes on in it, and what it held of steps
    after the checkpoint, which are trained on again, is removed. A run from the start begins it anew.

    The trainer's collator and model are wrapped while training: `instruction_id` of the examples goes through the batch
    as numbers, and is taken out of it before the model is called. The loss is that of each example, from the model's
    logits and the labels of the batch; it is null for models that return no logits, and with label smoothing.

    Args:
        folder: The folder of the log; by default `instruction_log` in the run's `output_dir`.
        pool: The instructions that may come; by default those that the augmenters of the training data draw from.
        losses: Whether to log losses.
        flush_steps: The number of steps after which rows are written; also before each checkpoint.

    Raises:
        SettingError: Raised when training begins, if no pool is given and no augmented data are found, and in the first
            step, if the examples or the model's arguments lack the instruction's id.

    Example:
        >>> Trainer(model, args, train_dataset=data, callbacks=[EpochCallback(), InstructionLogCallback()])
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        pool: InstructionPool | str | None = None,
        losses: bool = True,
        flush_steps: int = 100,
    ) -> None:
        if flush_steps < 1:
            raise SettingError(f"flush_steps must be a number from 1, but got {flush_steps!r}.")
        self.folder, self.losses, self.flush_steps = folder, losses, flush_steps
        self.pool = InstructionPool.load(pool) if isinstance(pool, str) else pool
        self._run: _Run | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Open the log, and wrap the collator and the model."""
        self._end()
        loader = kwargs["train_dataloader"]
        pool = self.pool or _pool_of(loader.dataset)
        folder = Path(args.output_dir, LOG_FOLDER) if self.folder is None else Path(self.folder)
        writer = RunLogWriter(folder, step=state.global_step, rank=args.process_index, ranks=args.world_size)
        if args.process_index == 0:
            writer.save_pool(pool)
        self._run = _Run(writer, pool, kwargs["model"], loader, epoch=state.epoch, losses=self.losses)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note the epoch."""
        if self._run is not None:
            self._run.epoch = self._run.passes.begin(state.epoch)

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note the step."""
        if self._run is not None:
            self._run.step = state.global_step + 1

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write the rows if it is time to, and always before a checkpoint, so that no checkpoint is ahead of the log.

        Raises:
            SettingError: Raised if the model has not been called with the whole batch.
        """
        run = self._run
        if run is None:
            return
        run.check_logged()
        if control.should_save or state.global_step % self.flush_steps == 0:
            run.flush()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write the rows, since a checkpoint may follow."""
        if self._run is not None:
            self._run.flush()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write the rest, and unwrap the collator and the model."""
        self._end()

    def _end(self) -> None:
        if self._run is not None:
            self._run.end()
            self._run = None


def drawable(augmenter: InstructionAugmenter) -> InstructionPool:
    """The instructions that an augmenter draws from, as its strategy, styles and `max_instructions` have it."""
    settings = augmenter.settings
    pool = settings.selected(augmenter.pool)
    drawn = candidates(pool, strategy=settings.strategy, seed=settings.seed, max_instructions=settings.max_instructions)
    return InstructionPool(pool.to_table().take(sorted(set(drawn.tables.rows))))


def _pool_of(data: Any) -> InstructionPool:
    found = augmenters(data)
    if not found:
        raise SettingError(
            "InstructionLogCallback found no augmented data in the training data. Give it the pool that they draw "
            "from: InstructionLogCallback(pool=data.augmenter.pool)."
        )
    return united([drawable(each) for each in found])


class _Forward(NamedTuple):
    """What one call of the model has seen; on the model's device until it is written."""

    step: int
    epoch: int
    codes: Any
    losses: Any


class _Run:
    """A run that is being logged."""

    def __init__(
        self, writer: RunLogWriter, pool: InstructionPool, model: Any, loader: Any, *, epoch: float | None, losses: bool
    ) -> None:
        self.writer, self.passes = writer, Passes(epoch)
        self.step = self.epoch = 0
        self._losses, self._logged = losses, False
        self._codes: Any = None
        self._rows: list[_Forward] = []
        self._known = {_code(each.instruction_id): each for instructions in pool.values() for each in instructions}
        # accelerate's loaders read through the one that they were made from.
        self._loader = getattr(loader, "base_dataloader", loader)
        self._collate = self._loader.collate_fn
        self._loader.collate_fn = _Coding(self._collate)
        self._shifted = not getattr(getattr(model, "config", None), "is_encoder_decoder", False)
        self._hooks = [
            model.register_forward_pre_hook(self._before, with_kwargs=True),
            model.register_forward_hook(self._after, with_kwargs=True),
        ]

    def check_logged(self) -> None:
        if not self._logged:
            raise SettingError(
                "InstructionLogCallback saw no instruction in the first step: the model must be called with the whole "
                "batch, model(**batch), as Trainer.compute_loss does."
            )

    def flush(self) -> None:
        """Write what is buffered."""
        if self._rows:
            self.writer.append(
                pa.Table.from_pylist([row for each in self._rows for row in self._listed(each)], LOG_SCHEMA)
            )
            self._rows.clear()

    def end(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._loader.collate_fn = self._collate
        self.flush()

    def _before(self, model: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        self._codes = kwargs.pop(_KEY, None)
        return args, kwargs

    def _after(self, model: Any, args: Any, kwargs: dict[str, Any], outputs: Any) -> None:
        codes, self._codes = self._codes, None
        if codes is None:  # evaluation
            return
        losses = _losses(outputs, kwargs.get("labels"), shifted=self._shifted) if self._losses else None
        self._rows.append(_Forward(self.step, self.epoch, codes, losses))
        self._logged = True

    def _listed(self, forward: _Forward) -> list[dict[str, Any]]:
        codes = forward.codes.tolist()
        losses = [None] * len(codes) if forward.losses is None else forward.losses.tolist()
        return [self._row(forward, *each) for each in zip(codes, losses, strict=True)]

    def _row(self, forward: _Forward, code: int, loss: float | None) -> dict[str, Any]:
        if code != _NO_INSTRUCTION and code not in self._known:
            raise SettingError(
                f"Step {forward.step} has an instruction that is not in the pool of InstructionLogCallback: give it "
                "the pool that the training data draw from, or let it find it."
            )
        instruction = self._known.get(code)
        return {
            "step": forward.step,
            "epoch": forward.epoch,
            "task": instruction and instruction.task,
            "instruction_id": instruction and instruction.instruction_id,
            "loss": None if loss is None or loss != loss else loss,
        }


class _Coding:
    """A collator that adds the examples' instructions to the batch, as numbers, which devices and ranks can share."""

    def __init__(self, collate: Callable[[Sequence[Any]], Any]) -> None:
        self.collate = collate

    def __call__(self, examples: Sequence[Any]) -> Any:
        import torch

        codes = torch.tensor([_code_of(each) for each in examples])
        batch = self.collate(examples)
        if not isinstance(batch, MutableMapping):
            raise SettingError(
                f"InstructionLogCallback needs a collator that returns a dict, but got {type(batch).__name__}."
            )
        batch[_KEY] = codes
        return batch


def _code_of(example: Any) -> int:
    if not isinstance(example, Mapping) or "instruction_id" not in example:
        raise SettingError(
            "The collator gets examples without 'instruction_id', which InstructionLogCallback logs: set "
            "TrainingArguments(remove_unused_columns=False), and keep the column in map() and select_columns()."
        )
    identity = example["instruction_id"]
    return _NO_INSTRUCTION if identity is None else _code(identity)


def _code(instruction_id: str) -> int:
    """An id as a number that a tensor of int64 holds; equal ones are as likely as for 63 random bits."""
    return hash_text(instruction_id) >> 1


def _losses(outputs: Any, labels: Any, *, shifted: bool) -> Any:
    from .losses import example_losses

    return example_losses(outputs, labels, shifted=shifted)
