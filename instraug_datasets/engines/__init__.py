"""Engines: what completes a prompt. A local model, a server, a grammar, a mock."""

from __future__ import annotations

from .base import Completion, Engine, Request
from .cache import CachedEngine
from .mock import MockEngine
from .registry import ENGINES, EngineKind, as_engine, get_engine, load_engine

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
