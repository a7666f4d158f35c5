"""Records of a region: a box of a picture with a text, besides the other regions of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

__all__ = ["Corners", "Region", "RegionRecord", "SizedPicture", "xywh_to_xyxy"]

Corners = tuple[float, float, float, float]
"""A box `(x1, y1, x2, y2)` in pixels as annotated: not clipped, possibly without area."""


class Region(NamedTuple):
    """A box of a picture with a text.

    Attributes:
        text: A phrase, a name or a transcription; may be empty.
        category: The category of the object in the box; empty if unknown.
    """

    box: Corners
    text: str
    category: str = ""


class SizedPicture(Protocol):
    """A picture of known size, in pixels."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def image_id(self) -> int: ...  # noqa: D102
    @property
    def picture(self) -> str: ...  # noqa: D102
    @property
    def size(self) -> tuple[int, int]: ...  # noqa: D102


class RegionRecord(SizedPicture, Protocol):
    """A region with the other regions of its picture."""

    @property
    def region(self) -> Region: ...  # noqa: D102
    @property
    def others(self) -> Sequence[Region]: ...  # noqa: D102
    @property
    def answers(self) -> tuple[str, ...]:
        """All texts for the same box, as references; empty if the region's own text is the only one."""


def xywh_to_xyxy(x: float, y: float, width: float, height: float) -> Corners:
    """Convert a box from its upper left corner and size to two corners.

    Example:
        xywh_to_xyxy(10, 20, 30, 40)  # (10, 20, 40, 60)
    """
    return x, y, x + width, y + height
