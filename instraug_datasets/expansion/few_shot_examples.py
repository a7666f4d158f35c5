"""Example rewritings that go with a request, chosen to be like the instruction that is to be rewritten."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from ..hashing import fold
from ..templates import parse
from .masking import Masked

__all__ = ["SHOTS", "Shot", "choose_shots"]


class Shot(NamedTuple):
    """An instruction, a rewriting of it, and their placeholders in order of appearance."""

    before: str
    after: str
    names: tuple[str, ...]


def _shot(before: str, after: str) -> Shot:
    return Shot(before, after, tuple(dict.fromkeys(parse(before).names)))


SHOTS: tuple[Shot, ...] = tuple(
    _shot(*pair)
    for pair in yaml.safe_load(Path(__file__).with_name("few_shot_examples.yaml").read_text(encoding="utf-8"))
)
"""The declared pairs."""


def choose_shots(masked: Masked, *, count: int, word: int) -> tuple[tuple[str, str], ...]:
    """So many pairs with masks like those of an instruction, the likest last, where models look most.

    Args:
        word: What chance derives from; other words give other pairs.
    """
    ranked = sorted(SHOTS, key=lambda shot: (_distance(shot, masked), fold(word, shot.before)))
    return tuple(_masked(shot, masked) for shot in reversed(ranked[:count]))


def _distance(shot: Shot, masked: Masked) -> int:
    return abs(len(shot.names) - len(masked.names))


def _masked(shot: Shot, masked: Masked) -> tuple[str, str]:
    masks = _renamed(shot.names, masked.names)
    before, after = (
        re.sub(r"\{(\w+)\}", lambda match: f"{{{masks[match[1]]}}}", text) for text in (shot.before, shot.after)
    )
    return before, after


def _renamed(names: Sequence[str], placeholders: Mapping[str, str]) -> dict[str, str]:
    """From a shot's placeholders to the instruction's masks: those of the same meaning first, the rest in order."""
    masks = {placeholder: mask for mask, placeholder in placeholders.items()}
    renamed = {name: masks.pop(name) for name in names if name in masks}
    left = iter(masks.values())
    # A shot with more placeholders than the instruction keeps its own names.
    return {name: renamed.get(name) or next(left, name) for name in names}
