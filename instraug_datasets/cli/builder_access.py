"""Access to the builders by name: the library must not import them statically."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["builders_module", "demo_module", "shared_pictures_module"]


def builders_module() -> Any:
    """Return the package of the builders."""
    return importlib.import_module("instraug_datasets.builders")


def demo_module() -> Any:
    """Return the package that generates demo raw files."""
    return importlib.import_module("instraug_datasets.builders.demo")


def shared_pictures_module() -> Any:
    """Return the module that draws pictures which several tasks share."""
    return importlib.import_module("instraug_datasets.builders.demo.shared_pictures")
