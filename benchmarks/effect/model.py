"""The part that is trained: attention over the states of the prompt, then, with what was read, over the picture."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from instraug_datasets.builders.demo.shared_pictures import WORDS

from . import text, vision

__all__ = ["Fusion"]

_SLOTS = 2
_HEADS = 4
_DROPOUT = 0.1


class Fusion(nn.Module):
    """Answers of up to two words from frozen picture and text features.

    Args:
        layers: How many times the picture is looked at.
    """

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.read = nn.Linear(text.WIDTH, _HEADS)
        self.fields = nn.Sequential(nn.Linear(_HEADS * text.WIDTH, width), nn.GELU(), nn.LayerNorm(width))
        self.task = nn.Sequential(nn.Linear(text.WIDTH, width), nn.GELU(), nn.Linear(width, 2 * width))
        self.cells = nn.Linear(vision.FEATURES, width)
        self.places = nn.Parameter(torch.randn(vision.CELLS, width) * 0.1)
        self.looks = nn.ModuleList(_Look(width) for _ in range(layers))
        self.words = nn.Linear(width, _SLOTS * len(WORDS))

    def forward(self, cells: torch.Tensor, states: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        """Scores of the words of an answer, shape `(examples, 2, len(WORDS))`."""
        # The first state is the embedding of the whole prompt. What it asks for scales and shifts what the fields say.
        whole, tokens = states[:, 0], states[:, 1:]
        weights = self.read(tokens).masked_fill(padding[:, 1:, None], float("-inf")).softmax(dim=1)
        scale, shift = self.task(whole).chunk(2, dim=1)
        state = self.fields((weights.transpose(1, 2) @ tokens).flatten(1)) * (1 + scale) + shift
        picture = self.cells(cells) + self.places
        for look in self.looks:
            state = look(state, picture)
        return self.words(state).unflatten(1, (_SLOTS, len(WORDS)))  # type: ignore[no-any-return]

    def loss(
        self, cells: torch.Tensor, states: torch.Tensor, padding: torch.Tensor, answers: torch.Tensor
    ) -> torch.Tensor:
        """The cross-entropy of answers, given as places in `WORDS`, shape `(examples, 2)`."""
        return functional.cross_entropy(self(cells, states, padding).flatten(0, 1), answers.flatten())


class _Look(nn.Module):
    """Attention over the cells of the picture, and what follows from it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.norm = nn.LayerNorm(2 * width)
        self.think = nn.Sequential(
            nn.Linear(2 * width, 2 * width), nn.GELU(), nn.Dropout(_DROPOUT), nn.Linear(2 * width, width)
        )

    def forward(self, state: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        seen, _ = self.attention(state[:, None], picture, picture, need_weights=False)
        thought: torch.Tensor = self.think(self.norm(torch.cat([state, seen[:, 0]], dim=1)))
        return state + thought
