"""Which instructions fit which examples of a task: a wording may need a field, or labels, that not every example has.

A task whose instructions all use the same fields and take any labels has one group of candidates. Otherwise, its
examples fall into kinds, by the fields and labels that they have, and each kind draws from the instructions that fit.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .instructions import LABEL_PAIRS

__all__ = ["Kind", "Needs", "label_pair", "needs_of", "task_kinds", "used_fields"]

_LABELS = {frozenset({"yes", "no"}): "yes_no", frozenset({"true", "false"}): "true_false"}


class Needs(NamedTuple):
    """What an instruction needs of an example.

    Attributes:
        fields: The fields that it uses.
        label_pairs: The kinds of labels that answer it; None for all.
        absent: The fields that the example must not have.
    """

    fields: frozenset[str]
    label_pairs: frozenset[str] | None = None
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of example of a task.

    Attributes:
        fields: Those of the task's varying fields that the example has.
        label_pair: The labels that it offers, one of `LABEL_PAIRS`; None where no instruction depends on them.
        members: The positions of the instructions that fit; may be empty.
    """

    fields: frozenset[str]
    label_pair: str | None
    members: tuple[int, ...]


def used_fields(text: str) -> frozenset[str]:
    """The fields that a valid instruction text uses.

    Example:
        >>> sorted(used_fields("{question} Pick {{one}}: {options}"))
        ['options', 'question']
    """
    return frozenset(re.findall(r"\{(\w+)\}", text.replace("{{", "")))


def needs_of(
    text: str, *, label_pairs: Collection[str] | None = None, absent_fields: Collection[str] | None = None
) -> Needs:
    """What an instruction needs of an example."""
    return Needs(
        used_fields(text), frozenset(label_pairs) if label_pairs else None, frozenset[str](absent_fields or ())
    )


def label_pair(options: Iterable[str]) -> str:
    """The kind of labels that options are, one of `LABEL_PAIRS`.

    Example:
        >>> label_pair(["No", "Yes"])
        'yes_no'
    """
    return _LABELS.get(frozenset(option.lower() for option in options), "phrase")


def task_kinds(needs: Sequence[Needs]) -> Iterator[Kind]:
    """The kinds of examples that the instructions of a task tell apart; only one if none depends on the example.

    Args:
        needs: What each instruction needs. A field that all of them use is no matter of choice.
    """
    varying = _varying(needs)
    pairs: Collection[str | None] = LABEL_PAIRS if any(each.label_pairs is not None for each in needs) else (None,)
    for size in range(len(varying) + 1):
        for present in map(frozenset, itertools.combinations(varying, size)):
            absent = frozenset(varying) - present
            for pair in pairs:
                fits = (i for i, each in enumerate(needs) if _fits(each, present, absent) and _takes(each, pair))
                yield Kind(present, pair, tuple(fits))


def _fits(needs: Needs, present: frozenset[str], absent: frozenset[str]) -> bool:
    return not needs.fields & absent and not needs.absent & present


def _takes(needs: Needs, pair: str | None) -> bool:
    return pair is None or needs.label_pairs is None or pair in needs.label_pairs


def _varying(needs: Sequence[Needs]) -> list[str]:
    """The fields that matter: those that some instructions of a task use and others do not, or must not be there."""
    used = [each.fields for each in needs]
    absent = frozenset[str]().union(*(each.absent for each in needs))
    return sorted(absent | frozenset[str]().union(*used) - used[0].intersection(*used))
