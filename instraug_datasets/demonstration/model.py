"""A model small enough to train twice in a demo: a bag of words decides where to look and what to say.

`PictureSide` is trained first, to name the shape in each place of a picture, and then frozen. `Answerer` learns from
prompts and answers alone what is asked. What it understands of a wording are its words and pairs of words, and it has
never read anything but the prompts that it was trained on.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

__all__ = ["Answerer", "PictureSide", "Vocabulary"]

_WIDTH = 64
_RATE = 1e-2
_WORD = re.compile(r"[^\W\d_]+|\d+")


class PictureSide(nn.Module):
    """Names the shape in a place of a picture: one of `kinds` and one of `colors`.

    Args:
        side: Width and height of a place in pixels.
    """

    def __init__(self, side: int, kinds: int, colors: int) -> None:
        super().__init__()
        self.kinds = kinds
        self.layers = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1),
            nn.GELU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.GELU(),
            nn.Flatten(),
            nn.Linear(32 * (-(-side // 4)) ** 2, _WIDTH),
            nn.GELU(),
            nn.Linear(_WIDTH, kinds + colors),
        )

    def fit(self, places: npt.NDArray[np.uint8], names: Sequence[tuple[int, int]], *, steps: int) -> None:
        """Learn from places, shape `(places, side, side, 3)`, and the numbers of their kind and color."""
        pixels, labels = _pixels(places), torch.tensor(names)
        optimizer = torch.optim.AdamW(self.parameters(), lr=_RATE)
        for _ in range(steps):
            chosen = torch.randint(len(pixels), (64,))
            kind, color = self._scores(pixels[chosen])
            loss = functional.cross_entropy(kind, labels[chosen, 0])
            loss += functional.cross_entropy(color, labels[chosen, 1])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()

    @torch.no_grad()
    def describe(self, places: npt.NDArray[np.uint8]) -> torch.Tensor:
        """What is in each place of each picture: probabilities, shape `(pictures, places, kinds + colors)`."""
        scores = self._scores(_pixels(places.reshape(-1, *places.shape[2:])))
        return torch.cat([each.softmax(1) for each in scores], 1).reshape(*places.shape[:2], -1)

    def _scores(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scores = self.layers(pixels)
        return scores[:, : self.kinds], scores[:, self.kinds :]


class Vocabulary:
    """The words and pairs of neighboring words of the prompts that a model is trained on; it knows no others."""

    def __init__(self, prompts: Iterable[str]) -> None:
        self._numbers: dict[str, int] = {}
        for prompt in dict.fromkeys(prompts):
            for part in _parts(prompt):
                self._numbers.setdefault(part, len(self._numbers) + 1)

    def __len__(self) -> int:
        return len(self._numbers) + 1

    def encode(self, prompts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """The numbers of the parts of all prompts, one prompt after the other, and where each begins."""
        # Number 0 stands at the start of each prompt, so that none is empty.
        rows = [[0, *(self._numbers[part] for part in _parts(prompt) if part in self._numbers)] for prompt in prompts]
        starts = np.cumsum([0, *map(len, rows[:-1])])
        return torch.tensor([number for row in rows for number in row]), torch.from_numpy(starts)


class Answerer(nn.Module):
    """Scores of the words of an answer, from what is in the places of a picture and the words of a prompt.

    Args:
        known: Size of the vocabulary of prompts.
        places, features: What `PictureSide.describe` gives of a picture.
        answers: Number of words that answers are made of.
        longest: Number of words of the longest answer.
    """

    def __init__(self, *, known: int, places: int, features: int, answers: int, longest: int) -> None:
        super().__init__()
        self.longest = longest
        self.read = nn.Sequential(nn.LayerNorm(_WIDTH), nn.Linear(_WIDTH, _WIDTH), nn.GELU(), nn.Dropout(0.1))
        self.where = nn.Linear(_WIDTH, places)
        self.see = nn.Linear(features, _WIDTH)
        self.what = nn.Linear(_WIDTH, 2 * _WIDTH)
        self.answer = nn.Linear(_WIDTH, longest * answers)
        # Last, so that the other weights do not depend on the size of the vocabulary.
        self.words = nn.EmbeddingBag(known, _WIDTH, mode="sum")
        nn.init.normal_(self.words.weight, std=0.1)

    def forward(self, pictures: torch.Tensor, numbers: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        """Scores, shape `(examples, longest, answers)`."""
        asked = self.read(self.words(numbers, starts))
        seen = self.see((self.where(asked).softmax(1)[:, :, None] * pictures).sum(1))
        scale, shift = self.what(asked).chunk(2, dim=1)
        said: torch.Tensor = self.answer(functional.gelu(seen * (1 + scale) + shift))
        return said.reshape(len(said), self.longest, -1)

    def optimizer(self, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        """AdamW with a warmup, for so many steps."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=_RATE, weight_decay=0.01)
        return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=0.1)


def _parts(prompt: str) -> list[str]:
    words = _WORD.findall(prompt.lower())
    return [*words, *map(" ".join, itertools.pairwise(words))]


def _pixels(places: npt.NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(places.astype(np.float32) / 127.5 - 1).permute(0, 3, 1, 2).contiguous()
