"""Trains the same model on meta instructions only and on a fresh wording every epoch, and evaluates both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ..evaluation import evaluate
from ..pool import InstructionPool
from ..stream import augment
from ..tiny_model import one_thread
from .model import Answerer, PictureSide, Vocabulary

__all__ = ["Comparison", "Drawn", "compare_wordings"]

_BATCH = 64
_PICTURE_STEPS = 300


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pictures with several places, a shape in each, and examples about them.

    Attributes:
        rows: Examples in the columns of the package, and `picture`, the position of the picture.
        places: Shape `(pictures, places, side, side, 3)`, 0 to 255.
        names: The numbers of kind and color of each place, one picture after the other.
    """

    rows: Sequence[Mapping[str, Any]]
    places: npt.NDArray[np.uint8]
    names: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean exact match of a way to train over all tasks and wordings, 0 to 100.

    Attributes:
        strategy: The strategy of `augment`.
        wordings: Number of different wordings that a task was trained on, the mean over the tasks.
        meta: On the five meta instructions of each task, which both were trained on.
        unseen: On all wordings of the pool `heldout`, which neither was trained on.
    """

    strategy: str
    wordings: float
    meta: float
    unseen: float


def compare_wordings(
    named: Drawn, train: Drawn, test: Drawn, *, epochs: int, seed: int = 0, pool: str = "multiinstruct"
) -> list[Comparison]:
    """Train a model on `train` with the strategies `original` and `cycle`, and evaluate each on `test`.

    Both see the same examples in the same order, and begin with the same weights, those of the words apart. The picture
    side is trained once, on `named`. The same arguments give the same figures on the same machine.

    Args:
        named: Pictures from which to learn what is in a place; their rows are not used.
        train, test: Pictures that have no places in common with each other or with `named`.
        epochs: Passes over `train`.
        seed: Determines weights, order and wordings.
        pool: The wordings to train on.

    Example:
        >>> meta_only, fresh = compare_wordings(named, train, test, epochs=30)
        >>> fresh.unseen > meta_only.unseen
        True
    """
    instructions = InstructionPool.load(pool)
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kinds, colors = (max(column) + 1 for column in zip(*named.names, strict=True))
        pictures = PictureSide(named.places.shape[2], kinds, colors)
        pictures.fit(named.places.reshape(-1, *named.places.shape[2:]), named.names, steps=_PICTURE_STEPS)
        seen, tested = pictures.describe(train.places), pictures.describe(test.places)
        return [
            _Run(train.rows, seen, instructions, strategy, seed).compare(test.rows, tested, epochs)
            for strategy in ("original", "cycle")
        ]


class _Run:
    """A model, the examples that it is trained on, and their wordings."""

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        pictures: torch.Tensor,
        pool: InstructionPool,
        strategy: str,
        seed: int,
    ) -> None:
        self._pictures = pictures[[row["picture"] for row in rows]]
        self._dataset = augment(datasets.Dataset.from_list(list(rows)), pool, seed=seed, strategy=strategy)
        self._pool, self._strategy, self._seed = pool, strategy, seed
        answers = [row["target"].split() for row in rows]
        self._longest = max(map(len, answers))
        # The empty word fills answers that are shorter than the longest.
        self._words = ["", *sorted({word for answer in answers for word in answer})]
        padded = [answer + [""] * (self._longest - len(answer)) for answer in answers]
        self._answers = torch.tensor([[self._words.index(word) for word in answer] for answer in padded])

    def compare(self, rows: Sequence[Mapping[str, Any]], pictures: torch.Tensor, epochs: int) -> Comparison:
        """Train for so many epochs, then evaluate on other examples."""
        prompts, wordings = self._prompts(epochs)
        vocabulary = Vocabulary(prompt for epoch in prompts for prompt in epoch)
        model = self._train(prompts, vocabulary)

        @torch.no_grad()
        def generate(examples: Sequence[Mapping[str, Any]]) -> list[str]:
            encoded = vocabulary.encode([example["prompt"] for example in examples])
            said = model(pictures[[example["picture"] for example in examples]], *encoded).argmax(-1)
            return [" ".join(self._words[word] for word in answer).strip() for answer in said.tolist()]

        def score(asked: int | str) -> float:
            result = evaluate(
                generate, list(rows), self._pool, wordings=asked, metric="exact_match", batch_size=256, seed=self._seed
            )
            return fmean(task.mean for task in result.tasks)

        return Comparison(self._strategy, wordings, meta=score(5), unseen=score("heldout"))

    def _prompts(self, epochs: int) -> tuple[list[list[str]], float]:
        """The prompts of every epoch, and the mean number of wordings per task."""
        prompts, wordings = [], set()
        for epoch in range(epochs):
            self._dataset.set_epoch(epoch)
            shown = self._dataset[:]
            prompts.append(shown["prompt"])
            wordings.update(shown["instruction_id"])
        return prompts, len(wordings) / len(set(self._dataset["task"]))

    def _train(self, prompts: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Answerer:
        torch.manual_seed(self._seed)
        model = Answerer(
            known=len(vocabulary),
            places=self._pictures.shape[1],
            features=self._pictures.shape[2],
            answers=len(self._words),
            longest=self._longest,
        )
        order = torch.Generator().manual_seed(self._seed)
        batches = [torch.split(torch.randperm(len(self._answers), generator=order), _BATCH) for _ in prompts]
        optimizer, schedule = model.optimizer(sum(map(len, batches)))
        for shown, epoch in zip(prompts, batches, strict=True):
            for chosen in epoch:
                said = model(self._pictures[chosen], *vocabulary.encode([shown[i] for i in chosen.tolist()]))
                loss = functional.cross_entropy(said.flatten(0, 1), self._answers[chosen].flatten())
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()
        return model.eval()
