"""The part that is trained: picture cells and two answer slots read the prompt through cross-attention."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from . import text, vision
from .world import WORDS

__all__ = ["Fusion"]

_SLOTS = 2
_HEADS = 4


class Fusion(nn.Module):
    """Answers of up to two words from frozen picture and text features."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.cells = nn.Linear(vision.FEATURES, width)
        self.prompt = nn.Linear(text.WIDTH, width)
        self.places = nn.Parameter(torch.randn(vision.CELLS, width) * 0.1)
        self.slots = nn.Parameter(torch.randn(_SLOTS, width) * 0.1)
        layer = nn.TransformerDecoderLayer(width, _HEADS, 2 * width, dropout=0.1, batch_first=True, norm_first=True)
        self.layers = nn.TransformerDecoder(layer, layers, nn.LayerNorm(width))
        self.words = nn.Linear(width, len(WORDS))

    def forward(self, cells: torch.Tensor, states: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        """Scores of the words of an answer, shape `(examples, 2, len(WORDS))`."""
        slots = self.slots.expand(len(cells), -1, -1)
        inputs = torch.cat([slots, self.cells(cells) + self.places], dim=1)
        outputs = self.layers(inputs, self.prompt(states), memory_key_padding_mask=padding)
        scores: torch.Tensor = self.words(outputs[:, :_SLOTS])
        return scores

    def loss(
        self, cells: torch.Tensor, states: torch.Tensor, padding: torch.Tensor, answers: torch.Tensor
    ) -> torch.Tensor:
        """The cross-entropy of answers, given as places in `WORDS`, shape `(examples, 2)`."""
        return functional.cross_entropy(self(cells, states, padding).flatten(0, 1), answers.flatten())
