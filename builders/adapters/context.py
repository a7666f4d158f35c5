"""The contract of an adapter: what it receives, what it returns, and its deterministic random draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeAlias, TypeVar

from instraug_datasets.hashing import below, fold, fold_range, hash_text, mix
from instraug_datasets.records import Example
from instraug_datasets.tasks import Task

__all__ = [
    "Adapter",
    "Context",
    "ExampleRandom",
    "Skip",
    "SourceRecord",
    "example_random",
    "make_example",
    "unique_id",
]

T = TypeVar("T")

_hash_name = lru_cache(maxsize=256)(hash_text)
_fold_seed = lru_cache(maxsize=16)(fold)


@dataclass(frozen=True, slots=True)
class Context:
    """The task that a record is adapted to, and the split that it comes from.

    Attributes:
        source: The source's name.
        records: All records of the split, to draw wrong options from.
        seed: The seed of all random draws.
    """

    task: Task
    source: str
    split: str
    records: Sequence[Any]
    seed: int


@dataclass(frozen=True, slots=True)
class Skip:
    """The result of an adapter for a record that yields no example of the task.

    Attributes:
        reason: Why, in short snake_case; skipped records are counted by reason.
    """

    reason: str


class SourceRecord(Protocol):
    """A record of any source."""

    @property
    def key(self) -> str: ...  # noqa: D102


Adapter: TypeAlias = Callable[[Any, Context], Example | list[Example] | Skip]
"""Turns a record into one or more examples, or into a reason to skip it; a pure function."""


class ExampleRandom:
    """Random draws that depend on a seed and the name of the draw alone, so that the order of draws does not matter.

    Example:
        rng = ExampleRandom(seed=0)
        options = rng.shuffled("options", ["yes", "no"])
    """

    __slots__ = ("_word",)

    def __init__(self, seed: int) -> None:
        self._word = fold(seed)

    def below(self, name: str, bound: int) -> int:
        """An integer from 0 to `bound - 1`."""
        number: int = below(self._fold(name), bound)
        return number

    def coin_flip(self, name: str) -> bool:
        """True or False with equal probability."""
        return self.below(name, 2) == 0

    def choice(self, name: str, items: Sequence[T]) -> T:
        """One item of a sequence that must not be empty."""
        return items[self.below(name, len(items))]

    def shuffled(self, name: str, items: Sequence[T]) -> list[T]:
        """All items in random order; the permutation depends on their number, not on the items."""
        ranks = fold_range(self._fold(name), len(items))
        return [items[position] for position in sorted(range(len(items)), key=ranks.__getitem__)]

    def _fold(self, name: str) -> int:
        """`fold(seed, name)`."""
        word: int = mix(self._word ^ _hash_name(name))
        return word


def unique_id(record: SourceRecord, context: Context) -> str:
    """The unique id of a record's example: source, task and key."""
    return f"{context.source}/{context.task.name}/{record.key}"


def example_random(record: SourceRecord, context: Context) -> ExampleRandom:
    """The random draws of a record's example, a function of the seed and the unique id.

    Example:
        rng = example_random(record, context)
        negative = rng.choice("negative", candidates)
    """
    # Equals `fold(context.seed, unique_id)`.
    return ExampleRandom(mix(_fold_seed(context.seed) ^ hash_text(unique_id(record, context))))


def make_example(
    record: SourceRecord,
    context: Context,
    /,
    *,
    picture: str,
    target: str,
    meta: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Example:
    """An example with one picture.

    Args:
        picture: The file name in the split's folder of pictures; the file itself is not read.
        fields: The fields of the task, such as `question` or `options`.
    """
    return Example(
        unique_id=unique_id(record, context),
        task=context.task.name,
        source=context.source,
        images=({"path": picture, "bytes": None},),
        target=target,
        meta=meta or {},
        **fields,
    )
