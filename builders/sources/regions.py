"""Records of a region: a box of a picture with a text, besides the other regions of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from instraug_datasets.lazy_numpy import np
from instraug_datasets.records import Box

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "BoxArray",
    "Corners",
    "Region",
    "RegionRecord",
    "SizedPicture",
    "clip_box",
    "clip_boxes",
    "xywh_to_xyxy",
]

Corners = tuple[float, float, float, float]
"""A box `(x1, y1, x2, y2)` in pixels as annotated: not clipped, possibly without area."""


BoxArray: TypeAlias = "npt.NDArray[np.float64]"
"""Boxes `(x1, y1, x2, y2)` in pixels, shape `(count, 4)`."""


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


def clip_box(box: Sequence[float], size: tuple[int, int]) -> Box:
    """A box rounded to whole pixels and clipped to the picture; without area if it lies outside.

    Example:
        clip_box((-3.2, 10, 20.6, 90), (100, 80))  # (0.0, 10.0, 21.0, 80)
    """
    width, height = size
    x1, y1, x2, y2 = box
    x1, y1, x2, y2 = float(round(x1)), float(round(y1)), float(round(x2)), float(round(y2))
    # Conditions in place of min and max, which would take most of the time of some tasks.
    return (
        0.0 if x1 < 0.0 else width if x1 > width else x1,
        0.0 if y1 < 0.0 else height if y1 > height else y1,
        0.0 if x2 < 0.0 else width if x2 > width else x2,
        0.0 if y2 < 0.0 else height if y2 > height else y2,
    )


def clip_boxes(boxes: BoxArray, size: npt.NDArray[Any]) -> BoxArray:
    """Many boxes, each as `clip_box` gives it.

    Args:
        size: Width and height in pixels, shape `(2,)`, or `(count, 2)` if every box has its own.
    """
    # Adding zero turns a negative zero into a positive one.
    corners = np.maximum(np.rint(boxes) + 0.0, 0.0).reshape(-1, 2, 2)
    clipped: BoxArray = np.minimum(corners, size[..., np.newaxis, :], dtype=np.float64).reshape(-1, 4)
    return clipped
