"""Engines complete rewriting requests: a local model, a server, a grammar, or a mock."""

from __future__ import annotations

from .base import Completion, Engine, Request
from .cache import CachedEngine
from .mock import MockEngine
from .registry import ENGINES, EngineSpec, as_engine, get_engine_spec, load_engine

__all__ = [
    "ENGINES",
    "CachedEngine",
    "Completion",
    "Engine",
    "EngineSpec",
    "MockEngine",
    "Request",
    "as_engine",
    "get_engine_spec",
    "load_engine",
]
