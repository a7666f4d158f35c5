"""What the Hub makes of a card's front matter."""

import re
from typing import Any

import yaml

_FRONT_MATTER = re.compile(r"\s*---\r?\n(.*?)\r?\n---(\r?\n|\Z)", re.DOTALL)


def front_matter(text: str) -> tuple[dict[str, Any] | None, list[str]]:
    """The front matter of a card and what is wrong with it; None where there is none to read."""
    found = _FRONT_MATTER.match(text)
    if not found:
        return None, []
    try:
        data = yaml.safe_load(found[1]) or {}
    except yaml.YAMLError as error:
        return None, [f"bad yaml: {error}"]
    if not isinstance(data, dict):
        return None, ["the metadata must be an object"]
    return data, _config_errors(data)


def _config_errors(data: dict[str, Any]) -> list[str]:
    configs = data.get("configs", [])
    if not isinstance(configs, list) or not all(isinstance(config, dict) for config in configs):
        return ['"configs" must be an array of objects']
    names = [config.get("config_name") for config in configs]
    repeated = sorted({str(name) for name in names if names.count(name) > 1})
    return [f'"configs" names {name} twice' for name in repeated]
