"""Engines: what completes a prompt. A local model, a server, a grammar, a mock."""

from __future__ import annotations

from .base import Completion, Engine, Request
from .cached import CachedEngine
from .catalog import ENGINES, EngineKind, as_engine, get_engine, load_engine
from .mock import MockEngine

__all__ = [
    "ENGINES",
    "CachedEngine",
    "Completion",
    "Engine",
    "EngineKind",
    "MockEngine",
    "Request",
    "as_engine",
    "get_engine",
    "load_engine",
]
