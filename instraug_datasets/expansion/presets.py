"""Presets and engine defaults: named settings, declared in `presets.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from ..errors import SettingError, UnknownNameError, shown
from ..safe_yaml import parse_yaml
from .config import Config

__all__ = ["PRESETS", "make_config", "read_settings"]

_DOCUMENT = yaml.safe_load(Path(__file__).with_name("presets.yaml").read_text(encoding="utf-8"))

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(_DOCUMENT["presets"])
"""Settings by preset; `instraug`, `instraug-mt` and `instraug-iter` are the modes of the paper."""

_ENGINES: Mapping[str, Mapping[str, Any]] = MappingProxyType(_DOCUMENT["engines"])


def make_config(engine: str, *, preset: str | None = None, **settings: Any) -> Config:
    """Create the config of a run; `settings` override the preset, which overrides the engine's defaults.

    Args:
        engine: The name of the engine.
        preset: The name of a preset, or a YAML file of settings such as the one written next to a pool.

    Raises:
        UnknownNameError: Raised if the preset or a setting is unknown.
        SettingError: Raised if a setting is out of range.

    Example:
        >>> make_config("transformers", preset="instraug-mt", top_p=0.95)
    """
    chosen = {} if preset is None else read_settings(preset)
    return Config.from_dict({**_ENGINES.get(engine, {}), **chosen, **settings}, where=preset or "the settings")


def read_settings(preset: str) -> Mapping[str, Any]:
    """Return the settings of a preset or of a YAML file."""
    if preset in PRESETS:
        return PRESETS[preset]
    if not preset.endswith((".yaml", ".yml")):
        raise UnknownNameError("preset", preset, PRESETS, hint="A settings file must end in .yaml.")
    try:
        document = parse_yaml(Path(preset).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"Cannot read settings from {preset!r}: {error}") from error
    settings = document.get("settings", document) if isinstance(document, dict) else document
    if not isinstance(settings, dict):
        raise SettingError(f"{preset}: expected a mapping of settings, but got {shown(document)}.")
    return settings
