"""How much an export is."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Sizes"]


class Sizes(NamedTuple):
    """How much an export is.

    Attributes:
        examples: Number of examples.
        rows: Number of rows: each example once per epoch.
        pictures: Number of picture files; equal pictures are one file.
        picture_bytes: Their size in bytes.
        row_bytes: The size of all rows in bytes.
    """

    examples: int
    rows: int
    pictures: int
    picture_bytes: int
    row_bytes: int
