"""The table of engines. Heavy dependencies are imported only when an engine is loaded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from ..errors import SettingError, UnknownNameError
from .base import Engine, Request
from .mock import MockEngine

__all__ = ["ENGINES", "EngineSpec", "as_engine", "get_engine_spec", "load_engine"]


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An entry of the table of engines.

    Attributes:
        summary: A one-line description.
        load: Creates the engine; its keyword arguments are the engine's options.
    """

    summary: str
    load: Callable[..., Engine]


def _grammar() -> Engine:
    from .grammar import GrammarEngine

    return GrammarEngine()


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


def _ray(
    *,
    engine: Engine | str | Callable[[Request], str],
    workers: int | None = None,
    gpus: float = 0,
    address: str | None = None,
    **options: Any,
) -> Engine:
    from .ray import RayEngine

    settings: dict[str, Any] = {"workers": workers, "gpus": gpus, "address": address}
    if isinstance(engine, str):
        if engine == "ray":
            raise SettingError("The engine 'ray' runs another engine, but got engine='ray'.")
        _check_options(engine, options)
        return RayEngine(partial(load_engine, engine, **options), name=engine, model=options.get("model"), **settings)
    loaded = as_engine(engine)
    return RayEngine(partial(as_engine, loaded), name=loaded.name, model=loaded.model, **settings)


ENGINES: Mapping[str, EngineSpec] = MappingProxyType(
    {
        "grammar": EngineSpec("built-in paraphrase rules: no model, no network, runs in seconds", _grammar),
        "transformers": EngineSpec("any causal language model: a folder, a Hub id or a GGUF file", _transformers),
        "inference": EngineSpec("any OpenAI-compatible server, or the Hub's inference providers", _inference),
        "ray": EngineSpec("another engine (option `engine`), on every machine of a Ray cluster", _ray),
    }
)
"""The engines by name."""


def get_engine_spec(name: str) -> EngineSpec:
    """Return the table entry of an engine.

    Raises:
        UnknownNameError: Raised if the engine is unknown.
    """
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)
    return ENGINES[name]


def load_engine(name: str, **options: Any) -> Engine:
    """Load an engine by name; options that are None keep their defaults.

    Raises:
        UnknownNameError: Raised if the engine or an option is unknown.
        SettingError: Raised if a required option is missing.
        DependencyError: Raised if the engine's libraries are not installed.

    Example:
        >>> engine = load_engine("transformers", model="Qwen/Qwen3-4B-Instruct-2507", batch_size=32)
    """
    given = {option: value for option, value in options.items() if value is not None}
    _check_options(name, given)
    return get_engine_spec(name).load(**given)


def _check_options(name: str, options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(get_engine_spec(name).load).parameters
    passes_on = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    for option in options:
        if option not in parameters and not passes_on:
            raise UnknownNameError(f"option of the engine {name}", option, parameters)
    for option, parameter in parameters.items():
        is_required = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        if is_required and option not in options:
            raise SettingError(f"The engine {name!r} requires the option {option!r}.")


def as_engine(engine: Engine | str | Callable[[Request], str]) -> Engine:
    """Return an engine as it is, load one by name, or wrap a function from a request to its completion.

    Raises:
        SettingError: Raised if the argument is none of these.
    """
    if isinstance(engine, str):
        return load_engine(engine)
    if isinstance(engine, Engine):
        return engine
    if not callable(engine):
        raise SettingError(f"engine must be a name, an object with `complete`, or a function, but got {engine!r}.")
    return MockEngine(engine, name="function", model=getattr(engine, "__name__", None))
