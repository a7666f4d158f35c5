"""Ids that some copies of a file hold as numbers and others as text."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from ..files.json_tables import NonNegativeInt

__all__ = ["AnyId", "Digits", "NumberId"]

Digits: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,18}$")]
"""A number as text."""

NumberId: TypeAlias = NonNegativeInt | Digits
"""A number, as such or as text; `int` gives the same value for both."""

AnyId: TypeAlias = NonNegativeInt | str
"""An id that need not be a number; `str` gives the same value for both."""
