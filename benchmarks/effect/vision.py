"""The picture side: a small convolutional network, trained once on other pictures, then frozen for all arms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from instraug_datasets.builders.demo.shapes import COLOURS, KINDS
from instraug_datasets.builders.demo.shared_pictures import PLACES, Picture, demo_picture

from .arms import Size

__all__ = ["CELLS", "FEATURES", "Vision", "load_vision"]

CELLS, FEATURES = 9, len(KINDS) + len(COLOURS)
_CHANNELS = 128
_IGNORED = -100
_BATCH = 64


class Vision(nn.Module):
    """Scores of the kind and color in each cell of a 3 x 3 grid, from pixels of shape `(pictures, SIDE, SIDE, 3)`."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(64, _CHANNELS, 3, stride=3),
            nn.ReLU(),
        )
        self.kind = nn.Linear(_CHANNELS, len(KINDS))
        self.colour = nn.Linear(_CHANNELS, len(COLOURS))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The scores of kinds and of colors, each of shape `(pictures, CELLS, names)`, row by row."""
        scaled = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
        channels = self.layers(scaled).flatten(2).transpose(1, 2)
        return self.kind(channels), self.colour(channels)

    def describe(self, pictures: Sequence[Picture]) -> torch.Tensor:
        """The probabilities of kinds and colors, without gradients, shape `(pictures, CELLS, FEATURES)`."""
        with torch.inference_mode():
            parts = [self(_pixels(pictures[i : i + _BATCH])) for i in range(0, len(pictures), _BATCH)]
            features = torch.cat([torch.cat([each.softmax(-1) for each in both], -1) for both in parts])
        # A clone is no inference tensor, so that it may take part in training.
        return features.clone()


def load_vision(path: Path, size: Size, extra: Sequence[Picture], tested: Sequence[Picture]) -> tuple[Vision, float]:
    """The trained network, read from a file or trained and written to it.

    Args:
        extra: Pictures to train on beside those of the demo world.
        tested: Pictures for the accuracy.

    Returns:
        The network, and the share of shapes in `tested` whose kind and color it reads correctly.
    """
    model = Vision()
    if path.is_file():
        with np.load(path) as arrays:
            model.load_state_dict({name: torch.from_numpy(arrays[name]) for name in arrays.files})
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = Vision()
            pictures = [demo_picture("seen", number) for number in range(size.seen_pictures)]
            _train(model, [*pictures, *extra], size.seen_steps)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **{name: value.numpy() for name, value in model.state_dict().items()})
        partial.replace(path)
    return model.eval().requires_grad_(False), _accuracy(model, tested)


def _train(model: Vision, pictures: Sequence[Picture], steps: int) -> None:
    pixels, kinds, colours = _pixels(pictures), *_labels(pictures)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for _ in range(steps):
        chosen = torch.randint(len(pictures), (_BATCH,))
        of_kind, of_colour = model(pixels[chosen])
        loss = _loss(of_kind, kinds[chosen]) + _loss(of_colour, colours[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def _loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=_IGNORED)


def _accuracy(model: Vision, pictures: Sequence[Picture]) -> float:
    kinds, colours = _labels(pictures)
    of_kind, of_colour = model.describe(pictures).split([len(KINDS), len(COLOURS)], dim=-1)
    right = (of_kind.argmax(-1) == kinds) & (of_colour.argmax(-1) == colours)
    return float(right[kinds != _IGNORED].float().mean())


def _labels(pictures: Sequence[Picture]) -> tuple[torch.Tensor, torch.Tensor]:
    kinds, colours = (torch.full((len(pictures), CELLS), _IGNORED) for _ in range(2))
    for i, picture in enumerate(pictures):
        for place, (kind, colour) in picture.shapes.items():
            row, column = PLACES[place]
            kinds[i, 3 * row + column] = list(KINDS).index(kind)
            colours[i, 3 * row + column] = list(COLOURS).index(colour)
    return kinds, colours


def _pixels(pictures: Sequence[Picture]) -> torch.Tensor:
    return torch.from_numpy(np.stack([picture.pixels for picture in pictures]))
