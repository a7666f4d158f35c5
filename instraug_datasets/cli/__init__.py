"""The command `instraug`: one module a sub-command, each a thin shell over the library."""

from __future__ import annotations

from .main import app, main

__all__ = ["app", "main"]
