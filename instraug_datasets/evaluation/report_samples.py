"""What a report quotes: variants of each meta instruction, and dropped candidates of each reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from ..hashing import fold
from ..instructions import Instruction

__all__ = ["DROP_SAMPLES", "VARIANT_SAMPLES", "Drops", "Family", "drops_by_reason", "families"]

VARIANT_SAMPLES = 3
"""Variants quoted for each meta instruction."""

DROP_SAMPLES = 4
"""Dropped candidates quoted for each reason."""

Item = TypeVar("Item")


class Family(NamedTuple):
    """A meta instruction and some of its variants.

    Attributes:
        meta: The meta instruction; None if the pool does not have it.
        variants: The number of its variants.
        samples: Variants of different parents, as far as there are any.
    """

    meta: Instruction | None
    variants: int
    samples: Sequence[Instruction]


@dataclass(frozen=True, slots=True)
class Drops:
    """The dropped candidates of one reason.

    Attributes:
        samples: Rows with `task`, `text` and `parent`, of different tasks as far as possible.
    """

    reason: str
    count: int
    samples: Sequence[Mapping[str, Any]]


def families(instructions: Sequence[Instruction]) -> list[Family]:
    """The meta instructions of a task with their variants; variants of one that is missing come last."""
    metas = {each.instruction_id: each for each in instructions if each.origin is None}
    variants: dict[str, list[Instruction]] = {meta: [] for meta in metas}
    for each in instructions:
        if each.origin is not None:
            variants.setdefault(each.origin, []).append(each)
    return [
        Family(metas.get(meta), len(listed), _spread(listed, VARIANT_SAMPLES, _parent, _instruction_id))
        for meta, listed in variants.items()
    ]


def drops_by_reason(rows: Iterable[Mapping[str, Any]]) -> list[Drops]:
    """Dropped candidates by reason, most frequent first.

    Args:
        rows: Rows with `task` and `reason`; those with `text` are quoted.
    """
    by_reason: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_reason[str(row["reason"])].append(row)
    counted = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Drops(reason, len(listed), _quoted(listed)) for reason, listed in counted]


def _quoted(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    with_text = {(row["task"], row["text"]): row for row in rows if row.get("text")}
    return _spread(list(with_text.values()), DROP_SAMPLES, _task, _text)


def _spread(
    items: Sequence[Item], number: int, group: Callable[[Item], Hashable], name: Callable[[Item], str]
) -> list[Item]:
    """So many items in a random order that depends on their names only, of as many groups as possible."""
    seen: dict[Hashable, int] = defaultdict(int)
    ranked = []
    for item in sorted(items, key=lambda each: fold("sample", name(each))):
        ranked.append((seen[group(item)], item))
        seen[group(item)] += 1
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])[:number]]


def _parent(instruction: Instruction) -> str | None:
    return instruction.parent


def _instruction_id(instruction: Instruction) -> str:
    return instruction.instruction_id


def _task(row: Mapping[str, Any]) -> str:
    return str(row["task"])


def _text(row: Mapping[str, Any]) -> str:
    return f"{row['task']}/{row['text']}"
