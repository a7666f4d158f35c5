"""Pictures and boxes as a page holds them: a small JPEG inside the page, and boxes in pixels of the original."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets import Image
from PIL import Image as pil

from ..stream.fields import facts_of
from ..styles import letter, parse_boxes

__all__ = ["MAX_SIDE", "MarkedBox", "Picture", "fixed_boxes", "option_boxes", "picture_of", "pictures_of"]

MAX_SIDE = 800
"""The longer side of an embedded picture in pixels, at most."""

_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a page.

    Attributes:
        width, height: The size of the original as it is decoded, which boxes refer to.
        address: The downscaled picture as a `data:` URL; empty if it cannot be read.
        problem: Why it cannot be read.
    """

    width: int = 0
    height: int = 0
    address: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MarkedBox:
    """A box `(x, y, width, height)` in pixels of the original, with its label and kind: region, option or target."""

    x: float
    y: float
    width: float
    height: float
    label: str
    kind: str


def pictures_of(example: Mapping[str, Any]) -> list[Picture]:
    """The pictures of an example; one that was published as a reference is a problem that names it.

    Example:
        >>> [picture.problem for picture in pictures_of({"images": [None], "meta": None})]
    """
    stored = example["images"] or []
    names = iter(_names(example["meta"])) if None in stored else iter(())
    return [_left_out(next(names, "")) if each is None else picture_of(each) for each in stored]


def picture_of(stored: Mapping[str, Any]) -> Picture:
    """Read and downscale a picture in the format of `datasets.Image`: `{"path": ..., "bytes": ...}`.

    Example:
        >>> picture_of({"path": "photo.jpg", "bytes": None}).address
    """
    try:
        image = Image().decode_example(dict(stored))
        width, height = image.size
        image.thumbnail((MAX_SIDE, MAX_SIDE))
        return Picture(width, height, _address(_opaque(image)))
    except (OSError, ValueError, SyntaxError, pil.DecompressionBombError) as error:
        return Picture(problem=f"This picture cannot be read: {error}")


def fixed_boxes(example: Mapping[str, Any]) -> list[MarkedBox]:
    """The boxes of an example that are the same in every epoch: its regions, and its target if that is a box.

    Raises:
        ExampleError: Raised if a target that should hold boxes holds anything else.
    """
    regions = example["region"] or []
    names = ["region"] if len(regions) == 1 else [f"region {number}" for number in range(1, len(regions) + 1)]
    boxes = [_box(region, name, "region") for region, name in zip(regions, names, strict=True)]
    marked = facts_of(example["meta"]).boxes
    if "target" in marked and "options" not in marked:
        boxes += [_box(box, "target", "target") for box in parse_boxes(example["target"])]
    return boxes


def option_boxes(example: Mapping[str, Any], order: Sequence[int] | None) -> list[MarkedBox]:
    """The boxes of an example's options, labelled with the letters of the order shown; none if options are no boxes.

    Raises:
        ExampleError: Raised if an option that should hold boxes holds anything else.
    """
    if "options" not in facts_of(example["meta"]).boxes:
        return []
    options = example["options"] or []
    places = range(len(options)) if order is None else order
    shown = [(letter(i), options[place]) for i, place in enumerate(places)]
    return [
        _box(box, name, "target" if option == example["target"] else "option")
        for name, option in shown
        for box in parse_boxes(option)
    ]


def _left_out(name: str) -> Picture:
    named = f" {name}" if name else ""
    return Picture(problem=f"The data set does not hold the picture{named}: attach_images() takes it from raw files.")


def _names(meta: str | None) -> list[str]:
    """The names of pictures that were left out when the data set was published."""
    try:
        return [str(each["file_name"]) for each in json.loads(meta or "{}").get("pictures", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []  # of somebody else's making


def _box(corners: Sequence[float], label: str, kind: str) -> MarkedBox:
    x1, y1, x2, y2 = (round(float(corner), 1) for corner in corners)
    return MarkedBox(x1, y1, round(x2 - x1, 1), round(y2 - y1, 1), label, kind)


def _opaque(image: pil.Image) -> pil.Image:
    """The picture on white where it is transparent: JPEG has no transparency."""
    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    return pil.alpha_composite(pil.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _address(image: pil.Image) -> str:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode('ascii')}"
