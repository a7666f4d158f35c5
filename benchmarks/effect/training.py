"""Trains one arm with one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np
import torch

from instraug_datasets import InstructionPool, augment
from instraug_datasets.builders.demo.shared_pictures import WORDS, Picture, demo_picture, examples

from .arms import Arm, Size
from .model import Fusion
from .text import TextSide
from .vision import Vision

__all__ = ["Trained", "encode_answer", "train"]

_RATE = 3e-3
_WARMUP = 0.05


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model, the examples it was trained on, and how many wordings of each task it saw on average."""

    model: Fusion
    examples: int
    wordings: float


def train(
    arm: Arm,
    seed: int,
    size: Size,
    *,
    pool: InstructionPool,
    vision: Vision,
    text: TextSide,
    extra: Sequence[Picture],
    progress: Callable[[int, int], None],
) -> Trained:
    """Train the model of an arm; a seed has the same initial weights, pictures and order of examples in every arm.

    More pictures of the demo world (`arm.times`) contain those of the smaller sets.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    pictures = [demo_picture(f"train {seed}", number) for number in range(size.pictures * arm.times)] + [*extra]
    rows = examples(pictures, key=f"train {seed}")
    cells = vision.describe(pictures)
    answers = torch.tensor([encode_answer(row["target"]) for row in rows])
    positions = torch.tensor([row["picture"] for row in rows])
    batches = _batches(len(rows), size, seed)
    prompts, wordings = _prompts(rows, batches, arm, seed, pool)
    text.add({prompt for batch in prompts for prompt in batch})
    torch.manual_seed(seed)
    model = Fusion(size.width, size.layers).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=size.steps, pct_start=_WARMUP)
    for step, ((_, chosen), texts) in enumerate(zip(batches, prompts, strict=True)):
        inputs = (cells[positions[chosen]], *text.batch(texts), answers[chosen])
        loss = model.loss(*(each.to(device) for each in inputs))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        progress(step + 1, size.steps)
    return Trained(model.eval(), len(rows), wordings)


def encode_answer(answer: str) -> list[int]:
    """An answer as two places in `WORDS`."""
    if answer in WORDS:
        return [WORDS.index(answer), 0]
    first, second = answer.split(" ")
    return [WORDS.index(first), WORDS.index(second)]


def _batches(count: int, size: Size, seed: int) -> list[tuple[int, np.ndarray[Any, Any]]]:
    """The epoch and the examples of every step; the last, smaller batch of an epoch is left out."""

    def endless() -> Iterator[tuple[int, np.ndarray[Any, Any]]]:
        epoch = 0
        while True:
            order = np.random.default_rng([seed, epoch]).permutation(count)
            for start in range(0, max(1, count - size.batch + 1), size.batch):
                yield epoch, order[start : start + size.batch]
            epoch += 1

    return [batch for _, batch in zip(range(size.steps), endless(), strict=False)]


def _prompts(
    rows: Sequence[dict[str, Any]],
    batches: Sequence[tuple[int, np.ndarray[Any, Any]]],
    arm: Arm,
    seed: int,
    pool: InstructionPool,
) -> tuple[list[list[str]], float]:
    """The prompts of every step, as the library gives them, and the mean number of wordings per task."""
    dataset = augment(datasets.Dataset.from_list(list(rows)), pool, seed=seed, **arm.options)
    prompts: list[list[str]] = []
    seen: set[tuple[str, str]] = set()
    shown: dict[str, list[Any]] = {}
    shown_epoch = -1
    for epoch, chosen in batches:
        if epoch != shown_epoch:
            dataset.set_epoch(epoch)
            shown, shown_epoch = dataset[:], epoch
        prompts.append([shown["prompt"][i] for i in chosen])
        seen.update((shown["task"][i], shown["instruction_id"][i]) for i in chosen)
    return prompts, len(seen) / len({task for task, _ in seen})
