"""Records that are a text about one box of a picture, beside the picture's other boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Boxed", "Corners", "Region", "RegionRecord", "corners"]

Corners = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels, as annotated: not clipped, maybe without area."""


@dataclass(frozen=True, slots=True)
class Region:
    """A box of a picture and what is said of it.

    Attributes:
        text: A phrase, a name, or what is written there; may be empty.
        kind: The category of what is in the box, where it is known.
    """

    box: Corners
    text: str
    kind: str = ""


class Boxed(Protocol):
    """A picture of known size, in pixels."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def image_id(self) -> int: ...  # noqa: D102
    @property
    def picture(self) -> str: ...  # noqa: D102
    @property
    def size(self) -> tuple[int, int]: ...  # noqa: D102


class RegionRecord(Boxed, Protocol):
    """A region, and the others of its picture."""

    @property
    def region(self) -> Region: ...  # noqa: D102
    @property
    def others(self) -> Sequence[Region]: ...  # noqa: D102
    @property
    def answers(self) -> tuple[str, ...]:
        """Every text for the same box, for scoring; none where the region's own is the only one."""


def corners(x: float, y: float, width: float, height: float) -> Corners:
    """The corners of a box that is annotated by its left upper corner and its sides."""
    return x, y, x + width, y + height
