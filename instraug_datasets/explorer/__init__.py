"""A web page to look at examples under every wording: `instraug explore`, also as a Space."""

from __future__ import annotations

from .app import build_app, check_installed, launch
from .collection import Collection, open_built, open_demo, open_published, open_raw
from .search import Found, search

__all__ = [
    "Collection",
    "Found",
    "build_app",
    "check_installed",
    "launch",
    "open_built",
    "open_demo",
    "open_published",
    "open_raw",
    "search",
]
