"""Finds files whose names differ between the copies of a data set that people have."""

from __future__ import annotations

from collections.abc import Iterable

from ..files.root import DataRoot

__all__ = ["first_existing"]


def first_existing(root: DataRoot, folders: Iterable[str], names: Iterable[str]) -> str:
    """The first of `names` that one of the folders contains; the first name if none does.

    Raises:
        UnsafePathError: Raised if a name leads out of its folder.

    Example:
        first_existing(root, ["OCR-VQA/images"], ["1.gif", "1.jpg"])
    """
    candidates, places = list(names), list(folders)
    found = (name for name in candidates if any(root.find_in(folder, name) is not None for folder in places))
    return next(found, candidates[0])
