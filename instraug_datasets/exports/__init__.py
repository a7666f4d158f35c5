"""Prompts written down for other training frameworks: rows as each of them reads them, and picture files."""

from __future__ import annotations

from .formats import FORMATS, Format
from .run import export, measure
from .sizes import Sizes

__all__ = ["FORMATS", "Format", "Sizes", "export", "measure"]
