"""Builds whole benchmarks from raw files: sources read files, adapters turn records into examples, rows join both."""

from __future__ import annotations

from .benchmarks import BUILDERS, get_builder
from .build import Built, build
from .check import CheckedSource, check_sources
from .downloads import Fetched, fetch_missing
from .instructblip import InstructBlip
from .listing import ListedSource, list_sources
from .multiinstruct import MultiInstruct
from .pictures import find_pictures
from .sources import LICENCES

__all__ = [
    "BUILDERS",
    "LICENCES",
    "Built",
    "CheckedSource",
    "Fetched",
    "InstructBlip",
    "ListedSource",
    "MultiInstruct",
    "build",
    "check_sources",
    "fetch_missing",
    "find_pictures",
    "get_builder",
    "list_sources",
]
