"""The values of options of `instraug expand` that are more than one word or number."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SettingError, UnknownNameError, shown
from .choices import FILTERS

if TYPE_CHECKING:
    from ..expansion import Config

__all__ = ["check_settings", "read_assignments", "read_meta_prompts", "read_numbers", "without_filters"]


def read_numbers(text: str) -> list[float]:
    """The numbers of `--temperatures`, which are separated by commas."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise SettingError(f"--temperatures must be comma-separated numbers, but got {text!r}.") from None


def read_meta_prompts(text: str) -> list[str]:
    """The ids and sentences of `--meta-prompts`: separated by commas, or a list in a YAML file."""
    if not text.endswith((".yaml", ".yml")):
        return [part.strip() for part in text.split(",")]
    import yaml

    from ..safe_yaml import parse_yaml

    try:
        document = parse_yaml(Path(text).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"Cannot read meta-prompts from {text!r}: {error}") from error
    if not isinstance(document, list) or not all(isinstance(each, str) for each in document):
        raise SettingError(f"{text}: expected a list of ids and sentences, but got {shown(document)}.")
    return document


def read_assignments(texts: Iterable[str]) -> dict[str, Any]:
    """The settings of `--set NAME=VALUE`, whose values are YAML."""
    import yaml

    from ..safe_yaml import parse_yaml

    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingError(f"--set expects NAME=VALUE, but got {text!r}.")
        try:
            settings[name] = parse_yaml(value)
        except yaml.YAMLError:
            raise SettingError(f"--set expects a YAML value, but got {text!r}.") from None
    return settings


def check_settings(names: Iterable[str], *, engine: str, known: Iterable[str]) -> None:
    """Refuse an unknown setting before anything is loaded, and in a dry run, too."""
    from ..engines import get_engine_spec

    parameters = inspect.signature(get_engine_spec(engine).load).parameters
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return  # it passes its options on to another engine
    for name in names:
        if name not in {*known, *parameters}:
            raise UnknownNameError("setting", name, {*known, *parameters})


def without_filters(config: Config, names: list[str]) -> Config:
    """The settings without some of their filters."""
    for name in names:
        if name not in FILTERS:
            raise UnknownNameError("filter", name, FILTERS)
        if name not in config.filters:
            raise SettingError(f"The filter {name!r} is not active; active filters: {', '.join(config.filters)}.")
    return dataclasses.replace(config, filters=tuple(name for name in config.filters if name not in names))
