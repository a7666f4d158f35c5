"""The builders, reached by name: they stand above the library, which does not import them."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["builders", "demo_world"]


def builders() -> Any:
    """The package of the builders."""
    return importlib.import_module("instraug_datasets.builders")


def demo_world() -> Any:
    """The generator of raw files."""
    return importlib.import_module("instraug_datasets.builders.demo")
