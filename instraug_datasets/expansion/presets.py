"""Presets and the defaults of engines: settings by name, declared in `presets.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from ..errors import SettingError, UnknownNameError
from .config import Config

__all__ = ["PRESETS", "make_config", "read_settings"]

_DOCUMENT = yaml.safe_load(Path(__file__).with_name("presets.yaml").read_text(encoding="utf-8"))

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(_DOCUMENT["presets"])
"""Settings by the name of a preset; those of the paper's modes are called `instraug...`."""

_ENGINES: Mapping[str, Mapping[str, Any]] = MappingProxyType(_DOCUMENT["engines"])


def make_config(engine: str, *, preset: str | None = None, **settings: Any) -> Config:
    """The config of a run: the engine's defaults, then the preset, then the settings.

    Args:
        engine: The name of the engine.
        preset: The name of a preset, or a YAML file of settings, such as the one written beside a pool.

    Raises:
        UnknownNameError: The preset or a setting does not exist.
        SettingError: A setting is outside its range.
    """
    chosen = {} if preset is None else read_settings(preset)
    return Config.from_dict({**_ENGINES.get(engine, {}), **chosen, **settings}, where=preset or "the settings")


def read_settings(preset: str) -> Mapping[str, Any]:
    """The settings of a preset or of a YAML file."""
    if preset in PRESETS:
        return PRESETS[preset]
    if not preset.endswith((".yaml", ".yml")):
        raise UnknownNameError("preset", preset, PRESETS, hint="A file of settings ends in .yaml.")
    try:
        document = yaml.safe_load(Path(preset).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"Cannot read settings from {preset!r}: {error}") from error
    settings = document.get("settings", document) if isinstance(document, dict) else document
    if not isinstance(settings, dict):
        raise SettingError(f"{preset}: expected settings and their values, but got {document!r}.")
    return settings
