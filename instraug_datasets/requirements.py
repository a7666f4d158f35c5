"""The versions of other software that this package supports, declared once.

`pyproject.toml` states the same ranges, which a test compares, and `instraug doctor` checks what is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["SUPPORTED"]

SUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        "python": ">=3.10",
        "datasets": ">=5.2,<6",
        "huggingface-hub": ">=1.31",
        "pyarrow": ">=21",
        "torch": ">=2.6",
        "torchdata": ">=0.11",
        "transformers": ">=5,<6",
        "accelerate": ">=1.1",
    }
)
"""Specifiers (PEP 440) by the name of the distribution, or `python`."""
