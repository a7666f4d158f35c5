"""Raw data sets in their original file layouts: what they are made of, and readers that know shapes, not meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .mscoco import CAPTIONS, INSTANCES
from .nlvr import NLVR
from .spec import Files, Source, missing_files, missing_message
from .vqa_v2 import VQA_V2
from .vsr import VSR

__all__ = ["SOURCES", "Files", "Source", "missing_files", "missing_message"]

SOURCES: Mapping[str, Source] = MappingProxyType(
    {source.name: source for source in (CAPTIONS, INSTANCES, VQA_V2, NLVR, VSR)}
)
"""Every source by name; read-only."""
