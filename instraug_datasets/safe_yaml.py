"""Parses YAML that people write: plain values only, and no key twice in one mapping."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from .errors import shown

__all__ = ["parse_yaml"]


def parse_yaml(text: str) -> Any:
    """The value of a YAML document.

    Raises:
        yaml.YAMLError: Raised if the text is not YAML, is nested too deeply, has a key twice in one mapping, or has
            a date or number that does not exist or is too long.

    Example:
        >>> parse_yaml("a: 1")
        {'a': 1}
    """
    try:
        return yaml.load(text, _Loader)  # a safe loader
    except yaml.YAMLError:
        raise
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deeply") from error
    except ValueError as error:  # a date such as 2024-13-45, a number of 5,000 digits
        raise yaml.YAMLError(f"a value cannot be read: {error}") from error


class _Loader(yaml.SafeLoader):
    """Refuses repeated keys, of which PyYAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if (key.tag, key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {shown(key.value)} is there twice", problem_mark=key.start_mark
                )
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep=deep)
