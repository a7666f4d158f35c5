"""What every adapter is given, what it may give back, and the dice it throws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from instraug_datasets.hashing import below, fold
from instraug_datasets.records import Example
from instraug_datasets.tasks import Task

__all__ = ["Adapter", "Context", "Dice", "Keyed", "Skip", "dice", "make_example", "unique_id"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """Round an adapter's record: the task it is for, and the split it comes from.

    Attributes:
        source: The source's declared name.
        records: All records of the split, to draw wrong options from.
        seed: What every draw is derived from, besides the example's id.
    """

    task: Task
    source: str
    split: str
    records: Sequence[Any]
    seed: int


@dataclass(frozen=True, slots=True)
class Skip:
    """A record that gives no example of the task.

    Attributes:
        reason: Why, in short snake_case; counts are reported by reason.
    """

    reason: str


class Keyed(Protocol):
    """A record of any source."""

    @property
    def key(self) -> str: ...  # noqa: D102


Adapter: TypeAlias = Callable[[Any, Context], Example | list[Example] | Skip]
"""Turns one record into its example or examples, or says why there is none; pure."""


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws that depend on a word and the name of the draw alone, so that their order does not matter."""

    word: int

    def below(self, name: str, bound: int) -> int:
        """A number in 0 ... `bound - 1`."""
        number: int = below(fold(self.word, name), bound)
        return number

    def coin(self, name: str) -> bool:
        """True as often as False."""
        return self.below(name, 2) == 0

    def choice(self, name: str, items: Sequence[T]) -> T:
        """One of the items, which must not be empty."""
        return items[self.below(name, len(items))]

    def shuffled(self, name: str, items: Sequence[T]) -> list[T]:
        """All items in an order that only their number decides."""
        ranks = [fold(self.word, name, position) for position in range(len(items))]
        return [items[position] for position in sorted(range(len(items)), key=ranks.__getitem__)]


def unique_id(record: Keyed, context: Context) -> str:
    """The id of the record's example."""
    return f"{context.source}/{context.task.name}/{record.key}"


def dice(record: Keyed, context: Context) -> Dice:
    """The dice of one example: a function of the seed and its unique id."""
    return Dice(fold(context.seed, unique_id(record, context)))


def make_example(
    record: Keyed,
    context: Context,
    /,
    *,
    picture: str,
    target: str,
    meta: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Example:
    """An example with one picture, still by its name in the split's picture folder; `fields` are those of the task."""
    return Example(
        unique_id=unique_id(record, context),
        task=context.task.name,
        source=context.source,
        images=({"path": picture, "bytes": None},),
        target=target,
        meta=meta or {},
        **fields,
    )
