"""The file names under which one picture is in circulation."""

from __future__ import annotations

import re

__all__ = ["picture_names"]

_COCO = re.compile(r"(?:COCO_(?:train|val)2014_)?(\d{12}\.jpg)")


def picture_names(name: str) -> tuple[str, ...]:
    """The names of a picture, the given one first: MSCOCO 2017 has those of 2014 without their prefix.

    Twelve digits are the id of one picture in all releases of MSCOCO, and no other data set names pictures like that.

    Example:
        picture_names("COCO_val2014_000000000042.jpg")[:2]  # itself, and "000000000042.jpg"
    """
    found = _COCO.fullmatch(name)
    if found is None:
        return (name,)
    bare = found[1]
    return tuple(dict.fromkeys((name, bare, f"COCO_train2014_{bare}", f"COCO_val2014_{bare}")))
