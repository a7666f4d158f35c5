"""The draws that make a case of damaged input: a pure function of a seed, or hypothesis's own, which it shrinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from instraug_datasets.hashing import below, fold, mix
from tests.strategies import SPECIAL

__all__ = ["Draws", "Surface", "seeded"]

T = TypeVar("T")

_GOLDEN, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1

_CHARACTERS = (
    *SPECIAL,
    *("a", "Z", " ", "0", "-1", "1e308", "NaN", "\0", "\x1b[2J", "\x85", "\u2028", "\ufeff", "\u202e", "\ud83d"),
    *("[", "]", "&a", "*a", "!!x", "<<: ", "- ", ": ", "#", "---\n", "../", "/", "~", "://", "@", "|", "=", ";", ","),
)
_SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 2**64, -(2**70), 10**400, 0.0, -0.5, 1e308),
    *(float("nan"), float("inf"), float("-inf"), "", "a", "nan", "train", b"", b"\xff", 1j, (), {}, [], set()),
    *([[]], [None], {"": None}, object, Ellipsis, range(3), "x" * 5000, "\ud83d"),
)


class Draws:
    """Draws of one case.

    Args:
        under: Gives a whole number from 0 to below its argument.
    """

    def __init__(self, under: Callable[[int], int]) -> None:
        self.under = under

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.under(high - low + 1)

    def chance(self, one_in: int) -> bool:
        return not self.under(one_in)

    def pick(self, among: Sequence[T]) -> T:
        return among[self.under(len(among))]

    def several(self, make: Callable[[], T], most: int) -> list[T]:
        """Up to `most` things."""
        return [make() for _ in range(self.under(most + 1))]

    def octets(self, most: int = 4) -> bytes:
        return bytes(self.several(lambda: self.under(256), most))

    def text(self, most: int = 6) -> str:
        """Text with many characters that are special somewhere; sometimes a lone surrogate."""
        return "".join(self.several(self._characters, most))

    def line(self, *parts: str, most: int = 12) -> str:
        """Text made of these parts and others."""
        return "".join(self.several(lambda: self._characters() if self.chance(4) else self.pick(parts), most))

    def anything(self, depth: int = 3) -> Any:
        """A Python value of any kind."""
        kind = self.under(8) if depth else 7
        if kind == 0:
            return self.several(lambda: self.anything(depth - 1), 3)
        if kind == 1:
            return {self.text(2): self.anything(depth - 1) for _ in range(self.under(3))}
        if kind == 2:
            return tuple(self.several(lambda: self.anything(depth - 1), 3))
        if kind == 3:
            return self.text()
        return self.pick(_SCALARS)

    def options(self, names: Sequence[str], most: int = 3) -> dict[str, Any]:
        """Keyword arguments of any kind."""
        return {self.pick(names): self.anything() for _ in range(self.under(most + 1))}

    def changed(self, content: bytes, most: int = 4) -> bytes:
        """The content with bytes replaced, inserted, repeated, moved or left out in some places, or cut off."""
        for _ in range(self.under(most + 1)):
            start = self.under(len(content) + 1)
            kind = self.under(6)
            if kind == 0:
                content = content[:start]
            elif kind == 1:
                end = start + self.under(64)
                content = content[:end] + content[start:]  # the part twice
            elif kind == 2:
                other = self.under(len(content) + 1)
                content = content[:start] + content[other : other + self.under(64)] + content[start:]
            else:
                content = content[:start] + self.octets() + content[start + self.under(5) :]
        return content

    def changed_text(self, content: str, most: int = 4) -> str:
        """The text changed in the same way, but with whole characters."""
        for _ in range(self.under(most + 1)):
            start = self.under(len(content) + 1)
            content = content[:start] + self.text(2) + content[start + self.under(9) :]
        return content

    def _characters(self) -> str:
        return self.pick(_CHARACTERS) if self.under(8) else chr(self.under(0x3000))


def seeded(surface: str, number: int) -> Draws:
    """The draws of a case, the same on every machine: SplitMix64 from the hash of the surface's name and a number."""
    state = fold(surface, number)

    def under(bound: int) -> int:
        nonlocal state
        state = (state + _GOLDEN) & _MASK
        return int(below(mix(state), bound))

    return Draws(under)


class Surface(NamedTuple):
    """Something that reads what comes from outside.

    Attributes:
        make: Draws a case.
        check: Takes a case and an empty-or-used scratch folder. It passes if it returns, or raises an error of this
            package; anything else that it raises is a failure.
        share: How many of 1,000 cases are of this surface.
    """

    make: Callable[[Draws], Any]
    check: Callable[[Any, Any], object]
    share: int
