"""The table of engines, and how one is had by name; nothing heavy is imported before it is asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..errors import SettingError, UnknownNameError
from .base import Engine, Request
from .mock import MockEngine

__all__ = ["ENGINES", "EngineKind", "as_engine", "get_engine", "load_engine"]


@dataclass(frozen=True, slots=True)
class EngineKind:
    """A declared engine.

    Attributes:
        summary: What it is, in one line.
        load: Makes the engine; its keyword arguments are the options that the engine takes.
    """

    summary: str
    load: Callable[..., Engine]


def _grammar(*, rules: str = "train") -> Engine:
    from .grammar import GrammarEngine

    return GrammarEngine(rules=rules)


def _transformers(
    *,
    model: str,
    prompt: str = "auto",
    batch_size: int = 16,
    device: str | None = None,
) -> Engine:
    from .transformers import TransformersEngine

    return TransformersEngine(model, prompt=prompt, batch_size=batch_size, device=device)


def _inference(
    *,
    model: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    concurrency: int = 16,
    timeout: float = 120.0,
    retries: int = 5,
    extra_body: Mapping[str, Any] | None = None,
) -> Engine:
    from .inference import InferenceEngine

    return InferenceEngine(
        model,
        base_url=base_url,
        api_key=api_key,
        concurrency=concurrency,
        timeout=timeout,
        retries=retries,
        extra_body=extra_body,
    )


ENGINES: Mapping[str, EngineKind] = MappingProxyType(
    {
        "grammar": EngineKind("paraphrase rules of our own: no model, no network, a second", _grammar),
        "transformers": EngineKind("any causal language model: a folder, a Hub id or a GGUF file", _transformers),
        "inference": EngineKind("any OpenAI-compatible server, or the Hub's inference providers", _inference),
    }
)
"""The engines by name."""


def get_engine(name: str) -> EngineKind:
    """The row of that engine.

    Raises:
        UnknownNameError: There is no such engine.
    """
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)
    return ENGINES[name]


def load_engine(name: str, **options: Any) -> Engine:
    """The engine of that name; options that are None are left at their defaults.

    Raises:
        UnknownNameError: There is no such engine, or it has no such option.
        SettingError: An option that the engine needs is missing.
        DependencyError: The engine's libraries are not installed.
    """
    kind = get_engine(name)
    parameters = inspect.signature(kind.load).parameters
    given = {option: value for option, value in options.items() if value is not None}
    for option in given:
        if option not in parameters:
            raise UnknownNameError(f"option of the engine {name}", option, parameters)
    for option, parameter in parameters.items():
        if parameter.default is parameter.empty and option not in given:
            raise SettingError(f"The engine {name!r} needs the option {option!r}, which was not given.")
    return kind.load(**given)


def as_engine(engine: Engine | str | Callable[[Request], str]) -> Engine:
    """The engine itself, the one of that name, or one round a plain function from a request to its answer."""
    if isinstance(engine, str):
        return load_engine(engine)
    if isinstance(engine, Engine):
        return engine
    if not callable(engine):
        raise SettingError(f"An engine is a name, has `complete`, or is a function of a request, but got {engine!r}.")
    return MockEngine(engine, name="function", model=getattr(engine, "__name__", None))
