"""Merges pools into one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..filters import normalize
from ..pool import Instruction, InstructionPool

__all__ = ["Merged", "merge_pools"]


class Merged(NamedTuple):
    """The result of merging pools.

    Attributes:
        pool: The merged pool.
        duplicates: The number of instructions that were left out.
        without_origin: The number of variants whose meta instruction none of the pools has.
    """

    pool: InstructionPool
    duplicates: int
    without_origin: int


def merge_pools(pools: Iterable[InstructionPool]) -> Merged:
    """Merge pools; of instructions that differ only in case or punctuation, the first is kept.

    Meta instructions precede variants, so that no variant replaces one. Variants of a meta instruction that is left out
    become variants of the one that is kept.

    Example:
        >>> merge_pools([InstructionPool.load("multiinstruct"), InstructionPool.load("my_pool.parquet")]).pool
    """
    listed = [each for pool in pools for instructions in pool.values() for each in instructions]
    kept: dict[tuple[str, str], Instruction] = {}
    for each in sorted(listed, key=lambda each: each.origin is not None):
        kept.setdefault(_wording(each), each)
    replaced = {each.instruction_id: kept[_wording(each)].instruction_id for each in listed}
    merged = [_relinked(each, replaced) for each in kept.values()]
    present = {each.instruction_id for each in merged}
    return Merged(
        pool=InstructionPool.from_instructions(merged),
        duplicates=len(listed) - len(merged),
        without_origin=sum(each.origin is not None and each.origin not in present for each in merged),
    )


def _wording(each: Instruction) -> tuple[str, str]:
    return each.task, normalize(each.text)


def _relinked(each: Instruction, replaced: Mapping[str, str]) -> Instruction:
    """The instruction with the ids of instructions that are kept as its origin and parent."""
    if each.origin is None:
        return each
    origin = replaced.get(each.origin, each.origin)
    parent = each.parent and replaced.get(each.parent, each.parent)
    # A parent that differs from its variant only in case or punctuation may be replaced by that variant.
    return dataclasses.replace(each, origin=origin, parent=origin if parent == each.instruction_id else parent)
