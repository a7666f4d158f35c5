"""Builds whole benchmarks from raw files: sources read files, adapters turn records into examples, rows join both."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .benchmarks import BUILDERS, get_builder
    from .building import RUNNERS, Built, build
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
    "RUNNERS",
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

# The modules are imported on first use: listing the sources needs no `datasets`, which takes two seconds to import.
_MODULES = {
    "BUILDERS": "benchmarks",
    "LICENCES": "sources",
    "RUNNERS": "building",
    "Built": "building",
    "CheckedSource": "check",
    "Fetched": "downloads",
    "InstructBlip": "instructblip",
    "ListedSource": "listing",
    "MultiInstruct": "multiinstruct",
    "build": "building",
    "check_sources": "check",
    "fetch_missing": "downloads",
    "find_pictures": "pictures",
    "get_builder": "benchmarks",
    "list_sources": "listing",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
