"""The command `instraug`: one module per subcommand, each a thin wrapper around the library."""

from __future__ import annotations

from .main import app, main

__all__ = ["app", "main"]
