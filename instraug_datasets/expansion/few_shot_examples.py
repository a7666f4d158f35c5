"""Few-shot examples for rewriting requests, selected to resemble the instruction to rewrite."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from ..hashing import fold
from ..templates import parse
from .masking import MaskedInstruction

__all__ = ["FEW_SHOT_EXAMPLES", "FewShotExample", "select_few_shot_examples"]


class FewShotExample(NamedTuple):
    """An instruction, a rewriting of it, and their placeholders in order of appearance."""

    before: str
    after: str
    names: tuple[str, ...]


def _example(before: str, after: str) -> FewShotExample:
    return FewShotExample(before, after, tuple(dict.fromkeys(parse(before).names)))


FEW_SHOT_EXAMPLES: tuple[FewShotExample, ...] = tuple(
    _example(*pair)
    for pair in yaml.safe_load(Path(__file__).with_name("few_shot_examples.yaml").read_text(encoding="utf-8"))
)
"""The examples declared in `few_shot_examples.yaml`."""


def select_few_shot_examples(masked: MaskedInstruction, *, count: int, word: int) -> tuple[tuple[str, str], ...]:
    """Select pairs (instruction, rewriting) with similar masks; the most similar come last, next to the instruction.

    Args:
        count: Maximum number of pairs.
        word: 64-bit word that breaks ties between equally similar examples.
    """
    ranked = sorted(FEW_SHOT_EXAMPLES, key=lambda example: (_distance(example, masked), fold(word, example.before)))
    return tuple(_masked(example, masked) for example in reversed(ranked[:count]))


def _distance(example: FewShotExample, masked: MaskedInstruction) -> int:
    return abs(len(example.names) - len(masked.names))


def _masked(example: FewShotExample, masked: MaskedInstruction) -> tuple[str, str]:
    masks = _map_names(example.names, masked.names)
    before, after = (
        re.sub(r"\{(\w+)\}", lambda match: f"{{{masks[match[1]]}}}", text) for text in (example.before, example.after)
    )
    return before, after


def _map_names(names: Sequence[str], placeholders: Mapping[str, str]) -> dict[str, str]:
    """Map an example's placeholders to the instruction's masks: the same placeholders first, the rest in order."""
    masks = {placeholder: mask for mask, placeholder in placeholders.items()}
    renamed = {name: masks.pop(name) for name in names if name in masks}
    remaining = iter(masks.values())
    # An example with more placeholders than the instruction keeps its own names.
    return {name: renamed.get(name) or next(remaining, name) for name in names}
